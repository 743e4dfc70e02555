// Express 4 under an alias; it is used like Express 5 here.
declare module 'express-4' {
  import express from 'express'
  export default express
}

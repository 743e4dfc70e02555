export const SCHEMA = `
  CREATE TABLE categories (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL
  );
  CREATE TABLE products (
    id INTEGER PRIMARY KEY,
    category_id INTEGER NOT NULL REFERENCES categories (id),
    sku TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL COLLATE NOCASE,
    description TEXT NOT NULL,
    price_cents INTEGER NOT NULL,
    stock INTEGER NOT NULL
  );
  CREATE INDEX products_by_category ON products (category_id, id);
  CREATE INDEX products_by_name ON products (name);

  CREATE TABLE customers (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('customer', 'staff')),
    token_hash TEXT NOT NULL UNIQUE
  );

  CREATE TABLE cart_items (
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    product_id INTEGER NOT NULL REFERENCES products (id),
    quantity INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (customer_id, product_id)
  ) WITHOUT ROWID;
  CREATE INDEX cart_items_by_age ON cart_items (updated_at);

  CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    status TEXT NOT NULL CHECK (status IN ('paid', 'shipped')),
    total_cents INTEGER NOT NULL,
    created_at INTEGER NOT NULL
  );
  CREATE INDEX orders_by_customer ON orders (customer_id, id);
  CREATE INDEX orders_to_ship ON orders (id) WHERE status = 'paid';

  CREATE TABLE order_items (
    order_id INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    product_id INTEGER NOT NULL REFERENCES products (id),
    quantity INTEGER NOT NULL,
    price_cents INTEGER NOT NULL,
    PRIMARY KEY (order_id, product_id)
  ) WITHOUT ROWID;
`

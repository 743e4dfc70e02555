import 'reflect-metadata'
import { Controller, Get, Inject, Injectable, Module, Param } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { Monitored, PerfMonitorModule } from '@perf-monitor/nestjs'

@Injectable()
class Greetings {
  @Monitored()
  async of(name: string): Promise<string> {
    await new Promise((resolve) => setTimeout(resolve, 20)) // as long as a query
    return `hello ${name}`
  }
}

@Controller('hello')
class HelloController {
  constructor(@Inject(Greetings) private readonly greetings: Greetings) {}

  @Get(':name')
  hello(@Param('name') name: string): Promise<string> {
    return this.greetings.of(name)
  }
}

@Module({ imports: [PerfMonitorModule.forRoot()], controllers: [HelloController], providers: [Greetings] })
class AppModule {}

const app = await NestFactory.create(AppModule)
await app.listen(3000)
console.log('Open http://localhost:3000/hello/you a few times, then http://localhost:3000/perf')

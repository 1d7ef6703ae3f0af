import Koa from "koa"

const app = new Koa()
app.use((ctx) => {
  ctx.body = { success: true, data: { message: "hello" }, error: null }
})
app.listen(Number(process.env["PORT"]))

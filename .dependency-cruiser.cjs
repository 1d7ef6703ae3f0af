const contexts = ["kernel", "platform", "accounts", "payments", "tracks", "subscriptions", "distribution", "royalties"]
const inside = (context) => `^packages/domain/src/${context}/`

/** Contexts know those before them in this list, through their index only; never those behind. */
const contextRules = contexts.flatMap((context, at) => [
  {
    name: `${context}-knows-only-what-it-stands-on`,
    severity: "error",
    from: { path: inside(context) },
    to: {
      path:
        contexts
          .slice(at + 1)
          .map(inside)
          .join("|") || "^$"
    }
  },
  {
    name: `${context}-is-entered-through-its-index`,
    severity: "error",
    from: { path: "^packages/domain/src/", pathNot: inside(context) },
    to: { path: inside(context), pathNot: `${inside(context)}index\\.ts$` }
  }
])

module.exports = {
  forbidden: [
    ...contextRules,
    {
      name: "no-circles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } }
    },
    {
      name: "domain-imports-only-effect",
      severity: "error",
      from: { path: "^packages/domain/" },
      to: { pathNot: "^packages/domain/|node_modules/effect/" }
    },
    {
      name: "adapters-know-no-host",
      severity: "error",
      from: { path: "^packages/adapters/" },
      to: { path: "^packages/(http-koa|workers|cli)/" }
    },
    {
      name: "hosts-know-no-other-host",
      severity: "error",
      from: { path: "^packages/(http-koa|workers|cli)/" },
      to: { path: "^packages/(http-koa|workers|cli)/", pathNot: "^packages/$1/|^packages/http-koa/src/contract/" }
    },
    {
      name: "the-contract-imports-domain-and-effect",
      severity: "error",
      from: { path: "^packages/http-koa/src/contract/" },
      to: {
        pathNot: "^packages/http-koa/src/contract/|^packages/domain/|node_modules/effect/"
      }
    },
    {
      name: "sql-enters-through-one-file",
      severity: "error",
      from: { path: "^packages/", pathNot: "^packages/adapters/src/postgres/client\\.ts$" },
      to: { path: "node_modules/.*@effect/sql-pg" }
    },
    {
      name: "no-test-helper-in-the-product",
      severity: "error",
      from: { path: "^packages/" },
      to: { path: "^tests/" }
    }
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { conditionNames: ["source", "import", "node", "default"], exportsFields: ["exports"] },
    exclude: { path: "/dist/" }
  }
}

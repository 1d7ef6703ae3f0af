import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { TrackId } from "@veza/domain/tracks"
import { escapeMarkup } from "@veza/http-koa/embed/markup"
import { embeddingOf, embeddingXml } from "@veza/http-koa/embed/oembed"
import { playerPage, trackAt, trackPage } from "@veza/http-koa/embed/track-address"

const places = { frontendUrl: "https://veza.example/app", publicUrl: "https://api.veza.example:8443" }
const id = TrackId.make("3f0e7f0c-5d0f-4c0b-8f57-7d0f7a7b1f11")
const ids = fc.uuid().map((text) => TrackId.make(text))
const text = fc.string({ unit: "binary", maxLength: 60 }).filter((value) => value.isWellFormed())
const nasty = fc.oneof(
  text,
  fc.constantFrom("</script><img src=x onerror=alert(1)>", `"><svg/onload=alert(1)>`, "]]>", "&amp;", "'\u0000\u001f")
)

const named: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" }
const unescaped = (markup: string): string => markup.replaceAll(/&([^;]+);/gu, (_, name: string) => named[name] ?? "?")

describe("escaped text", () => {
  it("holds nothing that begins or ends a tag, an attribute or a reference, and reads as the text", () => {
    fc.assert(
      fc.property(nasty, (value) => {
        const escaped = escapeMarkup(value)
        expect(escaped).not.toMatch(/[<>"']|&(?!(?:amp|lt|gt|quot|#39);)/u)
        // oxlint-disable-next-line no-control-regex
        expect(unescaped(escaped)).toBe(
          value.replaceAll(/[^\t\n\r -~\u0085\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd")
        )
      })
    )
  })
})

describe("an address that is asked about", () => {
  it("is understood where it is a track's page or player, whatever stands behind it", () => {
    fc.assert(
      fc.property(ids, fc.constantFrom("", "/", "?a=1&b=%3Cx", "#t=30", "/?share=x#y"), (track, behind) => {
        expect(trackAt(trackPage(places, track) + behind, places)).toBe(track)
        expect(trackAt(playerPage(places, track) + behind, places)).toBe(track)
      })
    )
    expect(trackAt(`HTTPS://VEZA.example:443/app/tracks/${id}`, places)).toBe(id)
  })

  it.each([
    "",
    "tracks",
    `/app/tracks/${id}`,
    `http://veza.example/app/tracks/${id}`,
    `https://veza.example/tracks/${id}`,
    `https://veza.example:444/app/tracks/${id}`,
    `https://veza.example.evil.example/app/tracks/${id}`,
    `https://evil.example/app/tracks/${id}`,
    `https://veza.example@evil.example/app/tracks/${id}`,
    `https://somebody@veza.example/app/tracks/${id}`,
    `https://:secret@veza.example/app/tracks/${id}`,
    `https://veza.example/app/tracks/${id}/more`,
    `https://veza.example/app/tracks//${id}`,
    `https://veza.example/app/tracks/../tracks/x/${id}`,
    `https://veza.example/app/tracks/${id.slice(1)}`,
    `https://veza.example/app/tracks/${id}%00`,
    `https://veza.example/app/users/${id}`,
    `https://veza.example/embed/tracks/${id}`,
    `https://api.veza.example/embed/tracks/${id}`,
    `https://api.veza.example:8443/tracks/${id}`,
    `https://api.veza.example:8443/api/v1/tracks/${id}`,
    `javascript:https://veza.example/app/tracks/${id}`,
    `data:text/html,https://veza.example/app/tracks/${id}`,
    `file:///app/tracks/${id}`
  ])("is none of ours otherwise: %s", (address) => {
    expect(trackAt(address, places)).toBeUndefined()
  })

  it("is never taken for ours from another host, and nothing breaks on any text", () => {
    const hosts = fc.domain().filter((host) => !host.endsWith("veza.example"))
    fc.assert(
      fc.property(hosts, ids, fc.constantFrom("/app/tracks/", "/embed/tracks/"), (host, track, path) => {
        expect(trackAt(`https://${host}${path}${track}`, places)).toBeUndefined()
      })
    )
    fc.assert(fc.property(nasty, (value) => trackAt(value, places) === undefined))
  })
})

describe("the answer of oEmbed", () => {
  const tracks = fc.record({ title: nasty, artist: fc.option(nasty, { nil: null }) })
  const side = fc.option(fc.integer({ min: 1, max: 2000 }), { nil: undefined })
  const cover = "/api/v1/tracks/x/cover?v=1&w"
  const of = (
    track: { readonly title: string; readonly artist: string | null },
    maxwidth?: number,
    maxheight?: number
  ) => embeddingOf({ id, cover: null, ...track }, places, cover, { maxwidth, maxheight })

  it("leads a frame to the player and nothing else, whatever the track is called", () => {
    fc.assert(
      fc.property(tracks, (track) => {
        expect(String(of(track)["html"])).toMatch(
          /^<iframe src="https:\/\/api\.veza\.example:8443\/embed\/tracks\/[0-9a-f-]{36}" width="\d+" height="\d+" title="[^"<>]*" style="border:0" loading="lazy" allow="autoplay"><\/iframe>$/u
        )
      })
    )
  })

  it("is never larger than the room there is, its thumbnail neither", () => {
    fc.assert(
      fc.property(side, side, (maxwidth, maxheight) => {
        const {
          width,
          height,
          thumbnail_width: w,
          thumbnail_height: h,
          html
        } = of({ title: "t", artist: null }, maxwidth, maxheight)
        const [room, tall] = [maxwidth ?? 600, maxheight ?? 152]
        expect([width, height]).toEqual([Math.min(600, room), Math.min(152, tall)])
        expect(html).toContain(`width="${width}" height="${height}"`)
        const fits = (maxwidth ?? 600) >= 600 && (maxheight ?? 600) >= 600
        expect([w, h]).toEqual(fits ? [600, 600] : [undefined, undefined])
      })
    )
  })

  it("says the same in XML", () => {
    fc.assert(
      fc.property(tracks, (track) => {
        const embedding = of(track)
        const xml = embeddingXml(embedding)
        expect(xml).toMatch(
          /^<\?xml version="1\.0" encoding="utf-8" standalone="yes"\?>\n<oembed>(?:<([a-z_]+)>[^<>]*<\/\1>)+<\/oembed>\n$/u
        )
        const fields = [...xml.matchAll(/<([a-z_]+)>([^<>]*)<\/\1>/gu)].map(([, key, value = ""]) => [
          key,
          unescaped(value)
        ])
        expect(fields.map(([key]) => key)).toEqual(Object.keys(embedding))
        expect(Object.fromEntries(fields)["html"]).toBe(escapedCharacters(String(embedding["html"])))
      })
    )
  })
})

const escapedCharacters = (value: string): string => unescaped(escapeMarkup(value))

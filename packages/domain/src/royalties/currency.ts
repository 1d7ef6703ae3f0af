import { Schema } from "effect"
import { Currency } from "../kernel/index.ts"

/** ISO 4217, list one (active codes of countries; funds, metals and testing codes left out). */
const codes = new Set(
  `AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC
   CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR
   ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK
   MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE
   SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XOF XPF
   YER ZAR ZMW ZWG BGN ANG XCG`.split(/\s+/u)
)
const withoutMinor = new Set("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split(" "))
const inThousandths = new Set("BHD IQD JOD KWD LYD OMR TND".split(" "))

export const isCurrency = (code: string): boolean => codes.has(code)

/** A currency that is in use somewhere. */
export const KnownCurrency = Currency.check(
  Schema.makeFilter((code: string) => isCurrency(code), { expected: "an ISO 4217 currency code in use" })
)

/** Digits behind the point of a currency's minor unit (ISO 4217). */
export const minorDigits = (code: string): number => (withoutMinor.has(code) ? 0 : inThousandths.has(code) ? 3 : 2)

/** For adapters that count by themselves: the currencies whose minor unit is not a hundredth. */
export const unusualDigits: Readonly<Record<string, number>> = Object.fromEntries([
  ...[...withoutMinor].map((code) => [code, 0] as const),
  ...[...inThousandths].map((code) => [code, 3] as const)
])

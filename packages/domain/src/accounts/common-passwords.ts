/**
 * Common and breached passwords that are long enough to pass the length rule, in lower case. Shorter ones need no list.
 * Drawn up from the patterns that head every published list: keyboard walks, digit runs, a common word plus digits.
 */
export const commonPasswords: ReadonlySet<string> = new Set(
  `
    0000000000 0123456789 0987654321 1010101010 1111111111 1122334455 1212121212 123123123123 1231231234
    1234512345 1234567890 1234567891 12345678910 123456789a 123456789q 1234qwerasdf 123qweasdzxc 1313131313
    1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx3edc 2020202020 5555555555 6666666666 7777777777 8888888888 9876543210
    9999999999 a123456789 a1234567890 aa123456789 abc123456789 abcd123456 abcd1234567 abcdefghij abcdefghijk
    admin12345 admin123456 adminadmin administrator alexander123 arsenal123 asdasdasd123 asdfghjkl1
    asdfghjkl123 australia123 autumn2024 autumn2025 autumn2026 bandcamp123 barcelona123 baseball123 basketball
    batman12345 beatles1234 butterfly123 california1 changeme123 changemenow charlie123 chelsea123 chocolate123
    christopher computer123 correcthorsebatterystaple dragon12345 elizabeth123 eminem12345 facebook123
    football123 google12345 guest12345 guitar12345 hello12345 hello123456 helloworld helloworld1 helloworld123
    ilovemusic ilovemusic1 ilovemusic123 iloveyou12 iloveyou123 iloveyouforever internet123 jennifer123
    jessica123 jonathan123 letmein123 letmein1234 liverpool123 manchester master12345 metallica123 michael123
    minecraft123 monkey12345 musicislife mypassword123 nicholas123 p@ssw0rd123 passw0rd123 password12
    password123 password123! password1234 password12345 passwordpassword pokemon123 princess12 princess123
    q1w2e3r4t5 q1w2e3r4t5y6 qazwsxedc123 qazwsxedcrfv qweasdzxc123 qweqweqwe123 qwerty1234 qwerty12345
    qwerty123456 qwertyuiop qwertyuiop123 realmadrid1 rocknroll123 samsung123 secret12345 shadow12345
    soundcloud soundcloud1 spiderman123 spotify1234 spring2024 spring2025 spring2026 starwars123 summer2023
    summer2024 summer2025 summer2026 sunshine123 superman123 test123456 test1234567 testing1234 testtest123
    thisispassword topsecret123 trustno1234 unbelievable victoria123 welcome123 welcome1234 welcome12345
    whatever123 winter2023 winter2024 winter2025 winter2026 zaq12wsxcde3 zxcvbnm123
  `
    .trim()
    .split(/\s+/u)
)

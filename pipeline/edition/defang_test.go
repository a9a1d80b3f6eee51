package edition

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestDefang(t *testing.T) {
	for _, c := range []struct{ typ, value, want string }{
		{"ipv4", "192.0.2.10", "192[.]0[.]2[.]10"},
		{"ipv6", "2001:db8::1", "2001[:]db8[:][:]1"},
		{"cidr", "198.51.100.0/24", "198[.]51[.]100[.]0/24"},
		{"domain", "files.example.net", "files[.]example[.]net"},
		{"email", "clerk.a@mail.example.org", "clerk[.]a[@]mail[.]example[.]org"},
		{"url", "http://files.example.net/a.exe", "hxxp://files[.]example[.]net/a.exe"},
		{"url", "https://example.net:8443/x?u=a.b", "hxxps://example[.]net:8443/x?u=a.b"},
		{"url", "HTTPS://Example.net", "HXXPS://Example[.]net"},
		{"url", "https://user:pw@example.net/x", "hxxps://user:pw[@]example[.]net/x"},
		{"url", "http://[2001:db8::1]:80/", "hxxp://[2001[:]db8[:][:]1]:80/"},
		{"url", "ftp://192.0.2.1/pub", "ftp://192[.]0[.]2[.]1/pub"},
		{"url", "hTtPs://example.net/http-log", "hXxPs://example[.]net/http-log"},
		{"url", "example.net/path.html", "example[.]net/path.html"},
		{"url", "http://example.net?next=http://example.org", "hxxp://example[.]net?next=hxxp://example.org"},
		{"sha256", "ab.cd", "ab.cd"},
		{"filename", "setup.exe", "setup.exe"},
		{"registry-key", `HKLM\Software\a.b@c`, `HKLM\Software\a.b@c`},
		{"asn", "AS64496", "AS64496"},
		{"user-agent", "Bot/1.0 (+http://example.net/bot)", "Bot/1.0 (+hxxp://example.net/bot)"},
	} {
		if got := Defang(c.typ, c.value); got != c.want {
			t.Errorf("Defang(%s, %s) = %s, want %s", c.typ, c.value, got, c.want)
		}
	}
}

// Nothing that a mail reader would make a link of is left of a host.
func TestDefangedHostHasNoBareDot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		host := rapid.StringMatching(`[a-z]{1,8}(\.[a-z0-9]{1,8}){1,3}`).Draw(t, "host")
		for _, got := range []string{
			Defang("domain", host),
			Defang("url", "https://"+host),
			Defang("email", "clerk@"+host),
		} {
			if strings.Contains(strings.ReplaceAll(got, "[.]", ""), ".") || strings.Contains(got, "http") {
				t.Fatalf("%s is live", got)
			}
		}
		if back := strings.ReplaceAll(Defang("domain", host), "[.]", "."); back != host {
			t.Fatalf("refanged %s is %s", host, back)
		}
	})
}

package mail

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"bulletin/pipeline/seal"
)

// answering is a recipient who replies to the desk.
type answering struct {
	t                     *testing.T
	secret, public        []byte
	deskSecret, deskCert  []byte
	opener                *seal.Opener
	desk                  *seal.Key
	gpg                   *mailReader
	now                   time.Time
	otherSecret, otherPub []byte
}

func newAnswering(t *testing.T) *answering {
	t.Helper()
	a := &answering{t: t, now: time.Now()}
	var err error
	for _, k := range []struct {
		name           string
		secret, public *[]byte
	}{{"reader", &a.secret, &a.public}, {"desk", &a.deskSecret, &a.deskCert}, {"other", &a.otherSecret, &a.otherPub}} {
		if *k.secret, *k.public, err = seal.GenerateKey(k.name, k.name+"@police.example", a.now.Add(-time.Hour), 0); err != nil {
			t.Fatal(err)
		}
	}
	if a.opener, err = seal.LoadOpener(a.deskSecret, nil); err != nil {
		t.Fatal(err)
	}
	a.desk = seal.Examine(a.deskCert, "", a.now).Key
	fpr, err := seal.Fingerprint(a.public)
	if err != nil {
		t.Fatal(err)
	}
	a.gpg = newMailReader(t, fpr, a.secret, a.deskCert)
	return a
}

func (a *answering) clearsigned(text string) string {
	return string(a.gpg.run(a.t, []byte(text), "gpg", "--batch", "--quiet", "--clearsign"))
}

// signed is a multipart/signed over a whole entity.
func (a *answering) signed(content string) string {
	a.t.Helper()
	content = strings.ReplaceAll(content, "\n", "\r\n")
	sig, err := seal.SignDetached(a.secret, nil, []byte(content), a.now)
	if err != nil {
		a.t.Fatal(err)
	}
	return multipartSigned(content, string(sig))
}

func multipartSigned(content, sig string) string {
	return "Content-Type: multipart/signed; boundary=sig; protocol=\"application/pgp-signature\"; micalg=pgp-sha512\r\n\r\n" +
		"--sig\r\n" + content + "\r\n--sig\r\nContent-Type: application/pgp-signature\r\n\r\n" + sig + "\r\n--sig--\r\n"
}

// encrypted is a multipart/encrypted to the desk; signed within by the reader if sign is set, and by gpg.
func (a *answering) encrypted(content string, sign bool) string {
	args := []string{"--batch", "--quiet", "--armor", "--trust-model", "always", "--compress-algo", "zip", "--encrypt", "-r", "desk@police.example"}
	if sign {
		args = append(args, "--sign")
	}
	return multipartEncrypted(string(a.gpg.run(a.t, []byte(content), "gpg", args...)))
}

func multipartEncrypted(armored string) string {
	return "Content-Type: multipart/encrypted; boundary=enc; protocol=\"application/pgp-encrypted\"\n\n" +
		"--enc\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n\n" +
		"--enc\nContent-Type: application/octet-stream\n\n" + armored + "\n--enc--\n"
}

const outside = "From: mallory@evil.example\nTo: desk@bulletin.example\nSubject: Re: SA26-001X\nIn-Reply-To: <x@y>\n"

func (a *answering) read(message string) (Answer, error) {
	a.t.Helper()
	answer, err := ReadAnswer([]byte(message), a.opener)
	if err != nil {
		return answer, err
	}
	if _, _, err := answer.Verify(a.public, a.now.Add(time.Minute)); err != nil {
		return answer, err
	}
	return answer, nil
}

// TestAnswersAreRead takes every form in which a mail program signs.
func TestAnswersAreRead(t *testing.T) {
	a := newAnswering(t)
	entity := "Content-Type: text/plain; charset=utf-8\nSubject: Re: [TLP:AMBER] SA26-329A\nContent-Transfer-Encoding: quoted-printable\n\nWe have it =E2=9C=93, SA26-329A.\n"
	bare := "Content-Type: text/plain\n\nWe have it, SA26-329A.\n"
	clear := a.clearsigned("- dashes\nWe have it, SA26-329A.\n")
	for name, c := range map[string]struct{ message, subject, text string }{
		"signed":                    {outside + a.signed(entity), "Re: [TLP:AMBER] SA26-329A", "We have it ✓, SA26-329A."},
		"signed, line ends lost":    {outside + strings.ReplaceAll(a.signed(bare), "\r\n", "\n"), "", "We have it, SA26-329A."},
		"signed, from a mailbox":    {"From desk@bulletin.example Wed Nov 25 10:00:00 2026\n" + outside + a.signed(bare), "", "We have it, SA26-329A."},
		"signed, through a list":    {outside + "Content-Type: multipart/mixed; boundary=list\n\n--list\n" + a.signed(bare) + "\n--list\nContent-Type: text/plain\n\nSA26-001X is on our list.\n--list--\n", "", "We have it, SA26-329A."},
		"encrypted, signed within":  {outside + a.encrypted(entity, true), "Re: [TLP:AMBER] SA26-329A", "We have it ✓, SA26-329A."},
		"encrypted, a signed part":  {outside + a.encrypted(a.signed(bare), false), "", "We have it, SA26-329A."},
		"clearsigned":               {outside + "\n" + clear, "", "- dashes\r\nWe have it, SA26-329A."},
		"clearsigned, no mail":      {clear, "", "- dashes\r\nWe have it, SA26-329A."},
		"clearsigned in base64":     {outside + "Content-Transfer-Encoding: base64\n\n" + base64.StdEncoding.EncodeToString([]byte(clear)), "", "- dashes\r\nWe have it, SA26-329A."},
		"clearsigned, text around":  {outside + "\nSA26-001X above.\n\n" + clear + "\nSA26-002X below.\n", "", "- dashes\r\nWe have it, SA26-329A."},
		"clearsigned, beside HTML":  {outside + "Content-Type: multipart/alternative; boundary=alt\n\n--alt\nContent-Type: text/plain\n\n" + clear + "\n--alt\nContent-Type: text/html\n\n<p>SA26-001X</p>\n--alt--\n", "", "- dashes\r\nWe have it, SA26-329A."},
		"signed, its own multipart": {outside + a.signed("Content-Type: multipart/mixed; boundary=in\n\n--in\nContent-Type: text/plain\n\nSA26-329A it is.\n--in\nContent-Type: text/plain\n\nSA26-003X\n--in--\n"), "", "SA26-329A it is."},
	} {
		got, err := a.read(c.message)
		if err != nil || got.Subject != c.subject || strings.TrimSpace(got.Text) != c.text {
			t.Errorf("%s: %v\nsubject %q, text %q", name, err, got.Subject, got.Text)
		}
	}
}

// TestAnswersThatAreNotBelieved: every error is a sentence of its own, and quotes nothing.
func TestAnswersThatAreNotBelieved(t *testing.T) {
	a := newAnswering(t)
	body := "Content-Type: text/plain\n\nWe have it, SA26-329A.\n"
	good := a.signed(body)
	clear := a.clearsigned("We have it, SA26-329A.\n")
	var deep, many strings.Builder
	for range 50 {
		deep.WriteString("Content-Type: multipart/mixed; boundary=b\n\n--b\n")
	}
	many.WriteString("Content-Type: multipart/mixed; boundary=b\n\n")
	for range 5000 {
		many.WriteString("--b\n\nx\n")
	}
	many.WriteString("--b--\n")
	selfSealed := a.encrypted(a.encrypted(body, true), false)
	for name, c := range map[string]struct{ message, want string }{
		"unsigned":                 {outside + "\nWe have it, SA26-329A.\n", "not signed"},
		"empty":                    {"", "not a mail"},
		"no mail":                  {"SA26-329A", "not a mail"},
		"automatic":                {"Auto-Submitted: auto-replied\n" + outside + good, "automatic"},
		"bounce":                   {"Content-Type: multipart/report; boundary=x\n\n--x--\n", "automatic"},
		"changed":                  {outside + strings.Replace(good, "SA26-329A", "SA26-330A", 1), "verify"},
		"signature of other text":  {outside + multipartSigned("Content-Type: text/plain\r\n\r\nSA26-330A\r\n", good[strings.Index(good, "-----BEGIN"):strings.LastIndex(good, "--sig--")]), "verify"},
		"three parts":              {outside + strings.Replace(good, "--sig--", "--sig\r\nContent-Type: text/plain\r\n\r\nSA26-001X\r\n--sig--", 1), "two parts"},
		"not closed":               {outside + strings.Replace(good, "--sig--", "", 1), "cut off"},
		"no boundary":              {outside + "Content-Type: multipart/signed\n\nx\n", "cut off"},
		"two signed parts":         {outside + "Content-Type: multipart/mixed; boundary=m\n\n--m\n" + good + "\n--m\n" + good + "\n--m--\n", "several signed parts"},
		"two clearsigned texts":    {outside + "\n" + clear + "\n" + clear, "several signatures"},
		"clearsigned, cut off":     {outside + "\n" + clear[:len(clear)-60], "cut off"},
		"clearsigned, changed":     {outside + "\n" + strings.Replace(clear, "SA26-329A", "SA26-330A", 1), "verify"},
		"within another message":   {outside + "Content-Type: message/rfc822\n\n" + outside + good, "not signed"},
		"encrypted, unsigned":      {outside + a.encrypted(body, false), "not signed"},
		"encrypted to another":     {outside + multipartEncrypted(otherArmor(t, a)), "not encrypted to the desk"},
		"encrypted, damaged":       {outside + multipartEncrypted("-----BEGIN PGP MESSAGE-----\n\nAAAA\n-----END PGP MESSAGE-----\n"), "damaged"},
		"encrypted twice":          {outside + selfSealed, "encrypted twice"},
		"nested for ever":          {outside + deep.String(), "cut off"},
		"nested too deep":          {outside + nested(12, good), "nested too deep"},
		"a thousand parts":         {outside + many.String(), "too many"},
		"too large":                {outside + "\n" + strings.Repeat("x", MaxAnswer), "larger than"},
		"a bomb within the sealed": {outside + a.encrypted("Content-Type: text/plain\n\n"+strings.Repeat("SA26-329A\n", 1<<20), true), "damaged"},
	} {
		got, err := a.read(c.message)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %q, %v, want an error with %q", name, got.Text, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "SA26") {
			t.Errorf("%s: the error quotes the reply: %v", name, err)
		}
	}
}

func nested(levels int, inner string) string {
	for range levels {
		inner = "Content-Type: multipart/mixed; boundary=b" + strings.Repeat("x", levels) + "\n\n--b" + strings.Repeat("x", levels) + "\n" + inner + "\n--b" + strings.Repeat("x", levels) + "--\n"
		levels--
	}
	return inner
}

// otherArmor is a message for somebody else.
func otherArmor(t *testing.T, a *answering) string {
	t.Helper()
	signer, err := seal.LoadSigner(a.secret, nil)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := signer.Seal([]byte("x"), a.now)
	if err != nil {
		t.Fatal(err)
	}
	m, err := sealed.For(seal.Examine(a.otherPub, "", a.now).Key)
	if err != nil {
		t.Fatal(err)
	}
	return string(bytes.Join([][]byte{m.Head, m.Body, m.Foot}, nil))
}

// TestOnlyWhatIsSignedIsRead: a number in an attached message is not the replier's word.
func TestOnlyWhatIsSignedIsRead(t *testing.T) {
	a := newAnswering(t)
	got, err := a.read(outside + a.signed("Content-Type: multipart/mixed; boundary=in\n\n--in\nContent-Type: message/rfc822\n\nSubject: SA26-329A\n\nSA26-329A\n--in\nContent-Type: text/plain\nContent-Disposition: attachment\n\nSA26-329A\n--in--\n"))
	if err != nil || got.Subject != "" || got.Text != "" {
		t.Errorf("got %q, %q, %v", got.Subject, got.Text, err)
	}
}

// FuzzReadAnswer: whatever is sent, it is read or refused, and never more than one error or answer.
func FuzzReadAnswer(f *testing.F) {
	secret, _, err := seal.GenerateKey("desk", "desk@bulletin.example", testDate, 0)
	if err != nil {
		f.Fatal(err)
	}
	opener, err := seal.LoadOpener(secret, nil)
	if err != nil {
		f.Fatal(err)
	}
	sig, err := seal.SignDetached(secret, nil, []byte("Content-Type: text/plain\r\n\r\nSA26-329A\r\n"), testDate)
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{
		outside + multipartSigned("Content-Type: text/plain\r\n\r\nSA26-329A\r\n", string(sig)),
		outside + multipartEncrypted("-----BEGIN PGP MESSAGE-----\n\nAAAA\n-----END PGP MESSAGE-----\n"),
		"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nSA26-329A\n" + string(sig),
		outside + nested(3, "\n\nx\n"),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		a, err := ReadAnswer(message, opener)
		if err == nil {
			a.KeyID() // there is a signature
		}
	})
}

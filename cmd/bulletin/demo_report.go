package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	netmail "net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"bulletin/configs"
	"bulletin/pipeline"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/seal"
	"bulletin/workers/desk"
)

// The shape of result.json. Paths are relative to the demo's directory.
type demoResult struct {
	Bulletins []demoBulletin `json:"bulletins"`
}

type demoBulletin struct {
	ID         pipeline.ID    `json:"id"`
	Number     string         `json:"number"`
	Title      string         `json:"title"`
	State      string         `json:"state"`
	Editions   []demoEdition  `json:"editions"`
	Deliveries []demoDelivery `json:"deliveries"`
}

type demoEdition struct {
	Nation pipeline.Nation `json:"nation"`
	Banner string          `json:"banner"`
	PDF    string          `json:"pdf"`
	STIX   string          `json:"stix"`
	CSV    string          `json:"csv"`
	Text   string          `json:"text"`
}

type demoDelivery struct {
	Nation    pipeline.Nation        `json:"nation"`
	Recipient string                 `json:"recipient"`
	State     pipeline.DeliveryState `json:"state"`
	InDoubt   int                    `json:"in_doubt"`
	Reason    string                 `json:"reason"`
	MessageID string                 `json:"message_id"`
	Attempts  int                    `json:"attempts"`
}

// report leaves the files and result.json, and shows who got what.
func (d *demo) report(ctx context.Context) error {
	var result demoResult
	for _, s := range d.server.board.All(ctx) {
		b, err := d.export(ctx, s)
		if err != nil {
			return err
		}
		result.Bulletins = append(result.Bulletins, b)
	}
	data, err := json.MarshalIndent(result, "", "  ")
	if err != nil {
		return err
	}
	if err := configs.WriteFile(filepath.Join(d.dir, "result.json"), append(data, '\n'), 0o600); err != nil {
		return err
	}
	d.table(result)
	return d.openOne(result)
}

// export writes the editions of one bulletin.
func (d *demo) export(ctx context.Context, s desk.Status) (demoBulletin, error) {
	b := demoBulletin{ID: s.ID, Number: s.Number, State: s.State}
	for _, n := range s.Nations {
		stored, err := d.server.queue.Get(ctx, n.Edition)
		if err != nil {
			return b, err
		}
		e, err := edition.Parse(stored)
		if err != nil {
			return b, err
		}
		if n.Nation == s.Owner || b.Title == "" {
			b.Title = e.Title.Text
		}
		out := demoEdition{Nation: n.Nation, Banner: e.Banner}
		for _, f := range []struct {
			path *string
			file pipeline.File
		}{{&out.PDF, n.Rendered.PDF}, {&out.STIX, n.Rendered.STIX}, {&out.CSV, n.Rendered.CSV}, {&out.Text, n.Rendered.Text}} {
			content, err := d.server.queue.Get(ctx, f.file.Digest)
			if err != nil {
				return b, err
			}
			*f.path = "editions/" + f.file.Name
			if err := configs.WriteFile(filepath.Join(d.dir, *f.path), content, 0o600); err != nil {
				return b, err
			}
		}
		b.Editions = append(b.Editions, out)
		all, _, err := d.server.desk.Ledger(ctx, s.ID, n.Nation)
		if err != nil {
			return b, err
		}
		for _, o := range all {
			b.Deliveries = append(b.Deliveries, demoDelivery{
				Nation: n.Nation, Recipient: o.Address, State: o.State, InDoubt: o.InDoubt,
				Reason: o.Reason, MessageID: o.MessageID, Attempts: o.Attempts,
			})
		}
	}
	return b, nil
}

// table prints who got what, and who did not and why.
func (d *demo) table(result demoResult) {
	d.out.say("\nWho got what:")
	for _, b := range result.Bulletins {
		d.out.say("\n%s  %s", b.Number, b.Title)
		for _, e := range b.Editions {
			sent, all := 0, 0
			for _, delivery := range b.Deliveries {
				if delivery.Nation != e.Nation {
					continue
				}
				all++
				if delivery.State == pipeline.StateSent {
					sent++
				}
			}
			d.out.say("  %s  %d of %d recipients   %s", e.Nation, sent, all, e.Banner)
		}
		for _, delivery := range b.Deliveries {
			switch {
			case delivery.State == pipeline.StateParked:
				d.out.say("       parked  %s: %s", delivery.Recipient, delivery.Reason)
			case delivery.Attempts > 1:
				d.out.say("       sent    %s, at attempt %d", delivery.Recipient, delivery.Attempts)
			}
		}
	}
}

// openOne opens one mail as its recipient would: decrypts it with their key and checks the desk's signature.
func (d *demo) openOne(result demoResult) error {
	r := d.recipients[slices.IndexFunc(d.recipients, func(r demoRecipient) bool { return r.nation == pipeline.GBR })]
	file := filepath.Join("mail", r.address, "1.eml") // whichever bulletin came first
	sent, err := os.ReadFile(filepath.Join(d.dir, file))
	if err != nil {
		return err
	}
	outer, err := netmail.ReadMessage(bytes.NewReader(sent))
	if err != nil {
		return fmt.Errorf("read %s: %w", file, err)
	}
	desk, err := os.ReadFile(filepath.Join(d.dir, deskKeyFile))
	if err != nil {
		return err
	}
	armored, err := armoredPart(sent)
	if err != nil {
		return err
	}
	inner, signer, err := seal.Open(armored, r.secret, nil, string(desk), time.Now())
	if err != nil {
		return fmt.Errorf("open %s: %w", file, err)
	}
	d.out.say("\nOne mail, opened as %s would (%s, %d octets):", r.address, file, len(sent))
	d.out.say("  outside   Subject: %s   To: %s", outer.Header.Get("Subject"), outer.Header.Get("To"))
	d.out.say("  signature good, by the desk's key %s", signer)
	return d.showInner(inner)
}

// armoredPart cuts the OpenPGP message out of a mail.
func armoredPart(mail []byte) ([]byte, error) {
	const begin, end = "-----BEGIN PGP MESSAGE-----", "-----END PGP MESSAGE-----"
	from, to := bytes.Index(mail, []byte(begin)), bytes.Index(mail, []byte(end))
	if from < 0 || to < from {
		return nil, errors.New("the mail holds no OpenPGP message")
	}
	return mail[from : to+len(end)], nil
}

// showInner prints the real subject, the attachments and the beginning of the text.
func (d *demo) showInner(inner []byte) error {
	m, err := netmail.ReadMessage(bytes.NewReader(inner))
	if err != nil {
		return fmt.Errorf("read the protected message: %w", err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		return err
	}
	d.out.say("  inside    Subject: %s", subject)
	return walkParts(m.Header.Get("Content-Type"), m.Body, func(p *multipart.Part, body []byte) {
		switch kind, _, _ := mime.ParseMediaType(p.Header.Get("Content-Type")); {
		case p.FileName() != "":
			d.out.say("  attached  %s (%s)", p.FileName(), kind)
		case kind == "text/plain":
			lines := strings.Split(strings.ReplaceAll(string(body), "\r\n", "\n"), "\n")
			d.out.say("\n    | %s\n    | …", strings.Join(lines[:min(24, len(lines))], "\n    | "))
		}
	})
}

// walkParts visits the leaves of a MIME tree. The reader decodes quoted-printable.
func walkParts(contentType string, body io.Reader, visit func(*multipart.Part, []byte)) error {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return err
	}
	parts := multipart.NewReader(body, params["boundary"])
	for {
		p, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if strings.HasPrefix(p.Header.Get("Content-Type"), "multipart/") {
			if err := walkParts(p.Header.Get("Content-Type"), p, visit); err != nil {
				return err
			}
			continue
		}
		content, err := io.ReadAll(p)
		if err != nil {
			return err
		}
		visit(p, content)
	}
}

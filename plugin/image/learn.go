package image

import (
	"context"
	"errors"
	"fmt"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/image"
	"github.com/kubectl-spark/kubectl-spark/installation"
	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/plugin/session"
	"github.com/kubectl-spark/kubectl-spark/report"
	pages "github.com/kubectl-spark/kubectl-spark/report/image"
	"github.com/kubectl-spark/kubectl-spark/report/printers"
)

// maxFormer is how many digests that a tag had before are read, of one image.
const maxFormer = 3

// former reads what pods run of an image whose tag has another digest now: facts of the one are not those of the other.
func (u *used) former(ctx context.Context, s *session.Session, options image.Options) {
	for _, one := range u.images {
		if u.done[one] == nil {
			continue
		}
		read := 0
		for _, r := range one.Running {
			if r.Now {
				continue
			}
			if read++; read > maxFormer {
				u.notes = append(u.notes, fmt.Sprintf("%s: pods run %d former digests, of which %d were read", one.Reference, read, maxFormer))
				break
			}
			options.Login = u.logins[one]
			options.Progress = s.Progress.Bytes
			got, err := image.Read(ctx, image.Pinned(one.Reference, r.Digest), options)
			if err != nil {
				u.notes = append(u.notes, "cannot read what pods run of "+one.Reference+": "+err.Error())
				continue
			}
			u.formers = append(u.formers, got)
		}
	}
}

// learn writes what was read into the webhook's settings.
func (u *used) learn(ctx context.Context, s *session.Session, reader *cluster.Reader, have *installation.Live, dryRun string, display report.Options) error {
	var read []installation.ReadImage
	for _, one := range u.images {
		if got := u.done[one]; got != nil {
			read = append(read, installation.ReadImage{Reference: one.Reference, Digest: got.Digest, Facts: got.Facts.Entry()})
		}
	}
	for _, got := range u.formers {
		read = append(read, installation.ReadImage{Reference: got.Reference, Digest: got.Digest, Facts: got.Facts.Entry()})
	}
	before := have.Config.Data[manifests.LearnedKey]
	text, left, err := installation.Learned(before, read)
	if err != nil {
		return err
	}
	if left > 0 {
		s.Tell([]string{fmt.Sprintf("the settings hold %s at most: %d were left out", "500 learned images", left)}, false)
	}
	note := ""
	switch {
	case len(read) == 0:
		note = "no image was read; nothing was written"
	case text == before:
		note = "the settings hold these facts already; nothing was written"
	case dryRun == "client":
		note = "dry run: nothing was sent to the API server"
	default:
		if err := installation.WriteLearned(ctx, reader, have, text, dryRun == "server"); err != nil {
			return err
		}
		note = fmt.Sprintf("wrote %s of ConfigMap/%s in namespace %s; new pods are injected by it within seconds", manifests.LearnedKey, manifests.ConfigName, have.Namespace())
		if dryRun == "server" {
			note = "dry run: the API server tried it, and nothing was kept"
		}
	}
	out := s.ErrOut
	if display.Printer == nil {
		out = s.Out
	}
	return pages.WriteChange(out, before, text, note, display)
}

// Learn does for install what images -A --learn does.
func Learn(ctx context.Context, s *session.Session) error {
	o := &imagesOptions{Session: s, all: true, learn: true, layers: image.IfNeeded, dryRun: "none"}
	o.forms = printers.NewFlags(&o.output, "table", "wide", report.HTML)
	err := o.run(ctx)
	if errors.Is(err, session.Failed) { // the images that could not be read were named; the webhook is installed
		return nil
	}
	return err
}

package report

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Clean replaces what could make a terminal do or show anything else than the text: control runes, and runes that
// turn the direction of writing or hide. A name from a cluster was chosen by anybody.
func Clean(s string) string {
	if !strings.ContainsFunc(s, unsafe) {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case unsafe(r):
			return '\uFFFD'
		}
		return r
	}, s)
}

// unsafe says so of controls (Cc: C0, DEL, C1), format runes (Cf: bidi marks, embeddings and isolates, zero width
// joiners, tags), line and paragraph separators, and bytes that are no UTF-8.
func unsafe(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) || r == utf8.RuneError
}

func (r *Report) clean(showSecrets bool) {
	text := func(s *string) { *s = Clean(*s) }
	secretText := func(s *string) {
		text(s)
		if !showSecrets {
			*s = Mask(*s)
		}
	}
	subject := func(s *Subject) {
		for _, field := range []*string{&s.APIVersion, &s.Kind, &s.Namespace, &s.Name, &s.Container} {
			text(field)
		}
	}
	for i := range r.Workloads {
		w := &r.Workloads[i]
		for _, field := range []*string{&w.Name, &w.Launcher, &w.Spark, &w.Kind, &w.State} {
			text(field)
		}
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		subject(&f.Subject)
		for _, field := range []*string{&f.Workload, &f.Path} {
			text(field)
		}
		secretText(&f.Message)
		if f.Fix != nil {
			fix := *f.Fix
			secretText(&fix.Summary)
			text(&fix.Command)
			f.Fix = &fix
		}
		if f.Evidence != nil {
			e := *f.Evidence
			text(&e.Observed)
			text(&e.Needed)
			if !showSecrets { // a setting's path ends in its key
				key := f.Path[max(0, strings.Index(f.Path, "spark.")):]
				e.Observed, e.Needed = spark.HideValue(key, e.Observed), spark.HideValue(key, e.Needed)
			}
			f.Evidence = &e
		}
		if f.Location != nil {
			l := *f.Location
			text(&l.File)
			f.Location = &l
		}
	}
	for i := range r.Skipped {
		text(&r.Skipped[i].Reason)
	}
	for i := range r.Suppressed {
		subject(&r.Suppressed[i].Subject)
		secretText(&r.Suppressed[i].Reason)
	}
	for i := range r.Coverage.LeftOut {
		text(&r.Coverage.LeftOut[i].File)
		text(&r.Coverage.LeftOut[i].Reason)
	}
	for i := range r.Coverage.NotChecked {
		n := &r.Coverage.NotChecked[i]
		text(&n.Object)
		secretText(&n.Reason)
		if n.Location != nil {
			text(&n.Location.File)
		}
	}
	for i := range r.Coverage.Missing {
		text(&r.Coverage.Missing[i].Reason)
		text(&r.Coverage.Missing[i].Namespace)
	}
}

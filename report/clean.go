package report

import (
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/report/clean"
	"github.com/kubectl-spark/kubectl-spark/spark/secret"
	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
)

func (r *Report) clean(showSecrets bool) {
	text := func(s *string) { *s = clean.Text(*s) }
	masked := map[string]string{} // many workloads are told the same
	secretText := func(s *string) {
		text(s)
		if showSecrets {
			return
		}
		shown, known := masked[*s]
		if !known {
			shown = mask.Message(*s)
			masked[*s] = shown
		}
		*s = shown
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
	type setting struct{ key, value string }
	values := map[setting]string{} // likewise
	hidden := func(key, value string) string {
		text, known := values[setting{key, value}]
		if !known {
			text = secret.HideValue(key, value)
			values[setting{key, value}] = text
		}
		return text
	}
	finding := func(message, path *string, evidence **Evidence, fix **Fix, at **Location) {
		text(path)
		secretText(message)
		if *fix != nil {
			f := **fix
			secretText(&f.Summary)
			secretText(&f.NotFixed)
			if text(&f.Command); clean.FileName(f.Command) != f.Command {
				f.Command = "" // it names a URL with a secret
			}
			*fix = &f
		}
		if *evidence != nil {
			e := **evidence
			text(&e.Observed)
			text(&e.Needed)
			if !showSecrets { // a setting's path ends in its key
				key := (*path)[max(0, strings.Index(*path, "spark.")):]
				if secretText(&e.Needed); e.Observed != mask.Masked { // else the rule shows nothing of it itself
					e.Observed, e.Needed = hidden(key, e.Observed), hidden(key, e.Needed)
				}
			}
			*evidence = &e
		}
		if *at != nil {
			l := **at
			l.File = clean.FileName(l.File)
			*at = &l
		}
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		subject(&f.Subject)
		text(&f.Workload)
		secretText(&f.Note)
		finding(&f.Message, &f.Path, &f.Evidence, &f.Fix, &f.Location)
		f.Places = slices.Clone(f.Places)
		for j := range f.Places {
			p := &f.Places[j]
			finding(&p.Message, &p.Path, &p.Evidence, &p.Fix, &p.Location)
		}
	}
	for i := range r.Skipped {
		text(&r.Skipped[i].Reason)
	}
	for i := range r.Suppressed {
		subject(&r.Suppressed[i].Subject)
		secretText(&r.Suppressed[i].Reason)
	}
	r.Coverage.clean(showSecrets)
}

// finish says whether all could be read and checked; skipped are rules that were not run on something.
func (c *Coverage) finish(skipped int) {
	if c.Missing == nil {
		c.Missing = []Missing{}
	}
	c.Complete = c.read() && skipped == 0
}

// read says whether all could be read.
func (c *Coverage) read() bool { return len(c.Missing)+len(c.LeftOut)+len(c.NotChecked) == 0 }

func (c *Coverage) clean(showSecrets bool) {
	reason := func(text *string) {
		if !showSecrets {
			*text = mask.Message(*text)
		}
		*text = clean.Text(*text)
	}
	for i := range c.LeftOut {
		l := &c.LeftOut[i]
		l.File, l.Workload = clean.FileName(l.File), clean.Text(l.Workload)
		reason(&l.Reason)
	}
	for i := range c.NotChecked {
		n := &c.NotChecked[i]
		n.Object = clean.Text(n.Object)
		reason(&n.Reason)
		if n.Location != nil {
			at := *n.Location
			at.File = clean.FileName(at.File)
			n.Location = &at
		}
	}
	for i := range c.Missing {
		m := &c.Missing[i]
		m.Reason, m.Namespace = clean.Text(m.Reason), clean.Text(m.Namespace)
	}
}

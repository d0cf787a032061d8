package image

import (
	"regexp"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/workload/dockerfile"
)

var numericUser = regexp.MustCompile(`^[0-9]+(?::[0-9A-Za-z_.-]+)?$`)

// userOf finds an image that runs as root, or as a user whose number Kubernetes cannot see.
func userOf(b *build) {
	var last *dockerfile.Instruction
	for _, i := range b.FinalInstructions() {
		if i.Keyword == "user" && len(i.Args) > 0 {
			last = i
		}
	}
	of := baseOf(b.Image(b.Last()))
	if last == nil {
		if of.root {
			b.report(finding{at: b.Last().From.Start(), message: "no USER, and %s runs as root; the application's code runs as root", args: []any{b.Image(b.Last())},
				summary: "add USER 185:0", changes: b.atEnd("USER 185:0")})
		}
		return
	}
	user := b.Expand(last.Target(), last)
	name, group, hasGroup := strings.Cut(user, ":")
	switch {
	case strings.Contains(name, "$"):
	case name == "root" || name == "0":
		number := of.user
		if number == "" {
			number = "185:0"
		}
		b.report(finding{at: last.Start(), message: "the last USER is root; the application's code runs as root", summary: "add USER " + number + " behind the last instruction that needs root", changes: b.atEnd("USER " + number)})
	case !numericUser.MatchString(user):
		number := b.uidOf(name, of)
		f := finding{at: last.Start(), level: rule.Warning, message: "USER %s is a name; with runAsNonRoot the kubelet cannot tell its number, and refuses the pod", args: []any{name}, summary: "write the user's number, as USER 185"}
		if number != "" {
			if hasGroup && numericUser.MatchString(group) {
				number += ":" + group
			}
			f.summary = "write USER " + number
			f.changes = b.inLine(last, last.Target(), number)
		}
		b.report(f)
	}
}

// uidOf is the number of a user: that with which a RUN makes it, or the image's.
func (b *build) uidOf(name string, of base) (number string) {
	b.runs(func(i *dockerfile.Instruction, c *dockerfile.Command) {
		if (c.Name() == "useradd" || c.Name() == "adduser") && c.Has(name) {
			if at := c.Index("-u", "--uid"); at > 0 {
				if text := b.Expand(c.Text(at+1), i); numericUser.MatchString(text) {
					number = text
				}
			}
			for _, w := range c.Words {
				if text, is := strings.CutPrefix(b.Expand(w.Text, i), "--uid="); is && numericUser.MatchString(text) {
					number = text
				}
			}
		}
	})
	if number == "" && (name == "spark" && of.user == "185" || name == "jovyan" && of.user == "1000") {
		number = of.user
	}
	return number
}

// atEnd puts a line behind the last instruction of the image that is not ENTRYPOINT, CMD or the like.
func (b *build) atEnd(line string) []dockerfile.Change {
	last := b.Last()
	behind := last.From.Last
	for _, i := range last.Instructions {
		switch i.Keyword {
		case "entrypoint", "cmd", "expose", "healthcheck", "stopsignal", "volume", "label":
		default:
			behind = i.Last
		}
	}
	return []dockerfile.Change{dockerfile.Insert(behind+1, line)}
}

package image

import (
	"regexp"
	"slices"
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
			first := b.readable()
			b.report(finding{at: b.Last().From.Start(), message: "no USER, and %s runs as root; the application's code runs as root", args: []any{b.Image(b.Last())},
				summary: "make a user, as with RUN useradd --uid 185 --gid 0 spark, and add USER 185:0" + first, changes: b.toUser(of)})
		}
		return
	}
	user := b.Expand(last.Target(), last)
	name, group, hasGroup := strings.Cut(user, ":")
	switch {
	case strings.Contains(name, "$"):
	case name == "root" || name == "0":
		f := finding{at: last.Start(), message: "the last USER is root; the application's code runs as root", summary: "add USER 185 behind the last instruction that needs root", changes: b.toUser(of)}
		if of.user != "" {
			f.summary = "add USER " + of.user + " behind the last instruction that needs root"
		}
		f.summary += b.readable()
		b.report(f)
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

// toUser makes the image run as its user: one that the base has, or that a RUN makes. Another number has no name in /etc/passwd, and Hadoop's
// login fails without one; in a base that certainly has no Spark, a line gives it a name. nil where that is not known, where root alone
// reads a part of the image, and for servers of Spark, whose folders of logs and work belong to root.
func (b *build) toUser(of base) []dockerfile.Change {
	if len(b.unreadable()) > 0 {
		return nil // the user could not read it
	}
	if of.user != "" {
		return b.atEnd("USER " + of.user)
	}
	if !of.root || slices.ContainsFunc(b.FinalInstructions(), func(i *dockerfile.Instruction) bool {
		return (i.Keyword == "cmd" || i.Keyword == "entrypoint") && sparkServer.MatchString(strings.Join(i.Args, " "))
	}) {
		return nil
	}
	made, entered := "", false
	b.runs(func(i *dockerfile.Instruction, c *dockerfile.Command) {
		if words := c.Operands(1); (c.Name() == "useradd" || c.Name() == "adduser") && len(words) > 0 {
			if number := b.uidOf(words[len(words)-1].Text, of); number != "" {
				made = number
			}
			entered = true
		}
	})
	switch {
	case made != "":
		return b.atEnd("USER " + made)
	case entered: // its number is not known
		return nil
	}
	return b.atEnd("# Hadoop's login needs a name for the user's number.", "RUN echo 'spark:x:185:0:spark:/tmp:/bin/sh' >> /etc/passwd", "USER 185:0")
}

var sparkServer = regexp.MustCompile(`start-[a-z-]+\.sh|org\.apache\.spark\.deploy`)

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

// atEnd puts lines behind the last instruction of the image that is not ENTRYPOINT, CMD or the like.
func (b *build) atEnd(lines ...string) []dockerfile.Change {
	last := b.Last()
	behind := last.From.Last
	for _, i := range last.Instructions {
		switch i.Keyword {
		case "entrypoint", "cmd", "expose", "healthcheck", "stopsignal", "volume", "label":
		default:
			behind = i.Last
		}
	}
	return []dockerfile.Change{dockerfile.Insert(behind+1, lines...)}
}

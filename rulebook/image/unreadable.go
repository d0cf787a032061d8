package image

import (
	"regexp"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/workload/dockerfile"
)

var (
	// closedMode are modes of files that let in nobody but their owner.
	closedMode = regexp.MustCompile(`^[0-7]{0,2}[0-7]00$|^(?:go|og)(?:-rwx|=)$`)
	// fetched are sources that ADD downloads as one file; a repository of git is none.
	fetched = regexp.MustCompile(`^https?://[^#]+$`)
)

// unreadable are what root alone reads in the image, and how to change that: the user whom a rewrite makes it run as could not read it.
func (b *build) unreadable() (all []string) {
	root := baseOf(b.Image(b.Final()[0])).root
	for _, i := range b.FinalInstructions() {
		target := b.Expand(i.Target(), i)
		mode := i.Flag("chmod")
		switch {
		case i.Keyword == "user":
			name, _, _ := strings.Cut(target, ":")
			root = name == "root" || name == "0"
		case i.Keyword != "copy" && i.Keyword != "add", b.opened(i, target):
		case target == "/root" || strings.HasPrefix(target, "/root/"):
			all = append(all, target+" (only root enters /root: copy it to another folder)")
		case i.Flag("chown") != "":
		case closedMode.MatchString(mode):
			all = append(all, target+" (remove --chmod="+mode+")")
		case i.Keyword == "add" && mode == "" && b.fetches(i):
			all = append(all, "the file that ADD downloads to "+target+" (its mode is 0600: write ADD --chmod=644)")
		}
		for n := range i.Commands {
			c := &i.Commands[n]
			words := c.Operands(1)
			switch at, pip := isPip(c); {
			case !root:
			case pip && at > 0 && c.Has("--user"):
				all = append(all, "what pip install --user puts into /root (leave out --user)")
			case c.Name() == "chmod" && len(words) > 1 && closedMode.MatchString(words[0].Text):
				all = append(all, b.Expand(words[1].Text, i)+" (chmod "+words[0].Text+" keeps every other user out: give it another mode)")
			}
		}
	}
	return all
}

// fetches says that ADD downloads a file. An archive is left to the commands that unpack it.
func (b *build) fetches(i *dockerfile.Instruction) bool {
	for _, source := range i.Sources() {
		if source = b.Expand(source, i); fetched.MatchString(source) && !strings.HasSuffix(source, ".git") && !strings.HasSuffix(source, ".tgz") && !strings.HasSuffix(source, ".tar.gz") {
			return true
		}
	}
	return false
}

// opened says that a command behind an instruction changes the owner or the mode of what it brings, or moves it.
func (b *build) opened(brings *dockerfile.Instruction, target string) bool {
	is := false
	b.runs(func(i *dockerfile.Instruction, c *dockerfile.Command) {
		switch c.Name() {
		case "chmod", "chown", "chgrp", "mv", "cp", "rm", "tar", "unzip", "install":
			for _, w := range c.Operands(1) {
				path := strings.TrimRight(b.Expand(w.Text, i), "/*")
				if path != "" && i.First > brings.First && strings.HasPrefix(path, "/") && (strings.HasPrefix(target, path) || strings.HasPrefix(path, target)) {
					is = true
				}
			}
		}
	})
	return is
}

// readable says what has to be readable before the image can run as another user than root; "" where nothing is in the way.
func (b *build) readable() string {
	all := b.unreadable()
	if len(all) == 0 {
		return ""
	}
	return ". First make readable what only root reads: " + strings.Join(all, "; ")
}

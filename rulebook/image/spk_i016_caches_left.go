package image

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/workload/dockerfile"
)

func cachesLeft() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-I016", Name: "caches-left", Level: rule.Warning, Area: rule.Image,
		Doc: rule.Doc{
			Title: "Caches and temporary files stay in the image",
			Why: "Package managers keep what they download: lists of apt, wheels of pip, packages of conda and dnf. Archives stay where they were unpacked from. " +
				"Each RUN makes a layer, and a later RUN cannot make it smaller. Every node pulls these files before an executor starts.",
			Remedy:  "remove caches and archives in the RUN that makes them, or mount a cache (RUN --mount=type=cache)",
			Levels:  "a suggestion where apt installs recommended packages too",
			Since:   "0.1.0",
			Sources: []string{"Docker: Building best practices, apt-get", "pip: Caching; conda: conda clean", "Spark: SPARK-55327, spark-py became 20 % smaller without recommended packages"},
		},
		Build: built(rule.Warning, func(b *build) {
			for _, i := range b.FinalInstructions() {
				switch i.Keyword {
				case "run":
					b.aptLists(i)
					b.archives(i)
				case "add":
					for _, source := range i.Sources() {
						if strings.Contains(source, "://") && isArchive(b.Expand(source, i)) {
							b.report(finding{at: i.Start(), message: "ADD does not unpack what it fetches; archive %s stays in the layer", args: []any{path.Base(source)},
								summary: "fetch, unpack and remove it in one RUN, or in a separate stage"})
						}
					}
				}
			}
			b.runs(b.cacheOf)
		}),
	}
}

const aptLists = "/var/lib/apt/lists"

// aptLists finds the lists of apt that a RUN leaves.
func (b *build) aptLists(i *dockerfile.Instruction) {
	updates := slices.IndexFunc(i.Commands, func(c dockerfile.Command) bool { return isApt(&c, "update") })
	if updates < 0 || removes(i, aptLists) || mounts(i, "/var/lib/apt") {
		return
	}
	f := finding{at: i.Commands[updates].Start(), message: "apt-get update leaves its lists in the layer", summary: "remove /var/lib/apt/lists in the same RUN", changes: b.then(i, b.sudo(i)+"rm -rf "+aptLists+"/*")}
	if !slices.ContainsFunc(i.Commands, func(c dockerfile.Command) bool { return isApt(&c, "install", "upgrade", "dist-upgrade") }) {
		f.message = "apt-get update runs in a separate layer; its lists stay, and a later install may use old ones"
		f.summary, f.changes = "run apt-get update and apt-get install in one RUN", nil
		if second := next(i); second != nil && hasInstall(second) {
			f.changes = b.joined(i, second)
		}
	} else if f.changes != nil && b.installsLater(i) {
		f.summary, f.changes = "run apt-get update in each RUN that installs packages, and remove /var/lib/apt/lists in each", nil
	}
	b.report(f)
}

func hasInstall(i *dockerfile.Instruction) bool {
	return slices.ContainsFunc(i.Commands, func(c dockerfile.Command) bool { return isApt(&c, "install", "upgrade", "dist-upgrade") })
}

// aptUse is a text that may need the lists of apt, and aptUpdate one that fetches them.
var (
	aptUse    = regexp.MustCompile(`\b(?:apt|apt-get|aptitude)\b.*\b(?:install|upgrade|dist-upgrade|build-dep|download|source)\b`)
	aptUpdate = regexp.MustCompile(`\b(?:apt|apt-get|aptitude)\b.*\bupdate\b|install_packages`)
)

// installsLater says that a RUN behind one, in its stage or one that stands on it, installs packages by lists that it did not fetch.
func (b *build) installsLater(i *dockerfile.Instruction) bool {
	return slices.ContainsFunc(b.All(), func(o *dockerfile.Instruction) bool {
		if o.First <= i.First || o.Keyword != "run" && o.Keyword != "onbuild" {
			return false
		}
		text := strings.Join(b.texts(o), " ")
		return aptUse.MatchString(text) && !aptUpdate.MatchString(text)
	})
}

// needsRecommended are packages that do not do their work without those that they recommend: certificates, headers, build tools.
var needsRecommended = regexp.MustCompile(`^(?:gcc|g\+\+|clang|python3?-pip|r-base.*|npm|gnupg2?|dirmngr|software-properties-common|mysql-.*|postgresql.*|krb5-.*|libkrb5.*|libsasl2.*|fonts-.*|texlive.*)(?:[=:/-].*)?$`)

// needsCertificates are packages that fetch over https by certificates that they only recommend.
var needsCertificates = regexp.MustCompile(`^(?:curl|wget|git|openssl|libcurl.*)(?:=.*)?$`)

// reliesOnRecommended says that an install names packages that need what they recommend. The images of Java and of Spark have certificates.
func (b *build) reliesOnRecommended(c *dockerfile.Command) bool {
	all := packages(c, "install")
	of := baseOf(b.Image(b.Last()))
	certificates := of.java > 0 || of.user != "" || slices.ContainsFunc(all, func(w dockerfile.Word) bool { return w.Text == "ca-certificates" })
	return slices.ContainsFunc(all, func(w dockerfile.Word) bool {
		return strings.ContainsAny(w.Text, "$/") || needsRecommended.MatchString(w.Text) || !certificates && needsCertificates.MatchString(w.Text)
	})
}

// cacheOf finds what a command of a package manager leaves.
func (b *build) cacheOf(i *dockerfile.Instruction, c *dockerfile.Command) {
	name := c.Name()
	if at, is := isPip(c); is && name != "uv" {
		if !c.Has("--no-cache-dir") && !b.pipWithoutCache(i) && !mounts(i, "pip") && !mounts(i, ".cache") && !removes(i, "/root/.cache") {
			b.report(finding{at: c.Start(), message: "pip keeps the packages that it downloads in the layer", summary: "add --no-cache-dir to pip install", changes: b.behindWord(c.Words[at], " --no-cache-dir")})
		}
		return
	}
	switch {
	case isApt(c, "install"):
		if !c.Has("--no-install-recommends") {
			f := finding{at: c.Start(), level: rule.Advice, message: "apt-get installs recommended packages that nothing asks for", summary: "add --no-install-recommends to apt-get install",
				changes: b.behindWord(c.Words[c.Index("install")], " --no-install-recommends")}
			if b.reliesOnRecommended(c) {
				f.summary, f.changes = f.summary+", and name the recommended packages that are needed, as ca-certificates or libc6-dev", nil
			}
			b.report(f)
		}
	case name == "apk" && c.Has("add") && !c.Has("--no-cache") && !removes(i, "/var/cache/apk") && !mounts(i, "/var/cache/apk"):
		b.report(finding{at: c.Start(), message: "apk keeps its index in the layer", summary: "add --no-cache to apk add", changes: b.behindWord(c.Words[c.Index("add")], " --no-cache")})
	case (name == "yum" || name == "dnf" || name == "microdnf" || name == "tdnf") && c.Has("install", "update", "upgrade"):
		if !cleans(i, name) && !removes(i, "/var/cache") && !mounts(i, "/var/cache") {
			b.report(finding{at: c.Start(), message: name + " keeps packages and metadata in the layer", summary: "run " + name + " clean all in the same RUN", changes: b.then(i, b.sudo(i)+name+" clean all")})
		}
	case (name == "conda" || name == "mamba" || name == "micromamba") && c.Has("install", "create", "update"):
		if !cleans(i, name) && !mounts(i, "pkgs") {
			b.report(finding{at: c.Start(), message: name + " keeps the packages that it downloads in the layer", summary: "run " + name + " clean --all --yes in the same RUN", changes: b.then(i, name+" clean --all --yes")})
		}
	}
}

// pipWithoutCache says that a variable switches pip's cache off.
func (b *build) pipWithoutCache(i *dockerfile.Instruction) bool {
	value := b.Expand("$PIP_NO_CACHE_DIR", i)
	return value != "$PIP_NO_CACHE_DIR" && value != ""
}

func cleans(i *dockerfile.Instruction, name string) bool {
	return slices.ContainsFunc(i.Commands, func(c dockerfile.Command) bool { return c.Name() == name && c.Has("clean") })
}

// downloads are the files that a command fetches into the layer.
func downloads(c *dockerfile.Command) (files []string) {
	name := c.Name()
	if name != "curl" && name != "wget" {
		return nil
	}
	flag := "-o"
	if slices.ContainsFunc(c.Words[1:], func(w dockerfile.Word) bool { // to standard output, or to a folder
		return name == "wget" && strings.HasPrefix(w.Text, "-") && !strings.HasPrefix(w.Text, "--") && strings.HasSuffix(w.Text, "O-") || w.Text == "--output-document=-"
	}) {
		return nil
	}
	if name == "wget" {
		flag = "-O"
	}
	for n := 1; n < len(c.Words); n++ {
		text := c.Words[n].Text
		short := strings.HasPrefix(text, "-") && !strings.HasPrefix(text, "--")
		switch {
		case (text == flag || text == "--output" || text == "--output-document" || short && strings.HasSuffix(text, flag[1:])) && n+1 < len(c.Words):
			return []string{c.Words[n+1].Text}
		case strings.HasPrefix(text, "--output=") || strings.HasPrefix(text, "--output-document="):
			_, file, _ := strings.Cut(text, "=")
			return []string{file}
		}
	}
	if name == "curl" && !slices.ContainsFunc(c.Words[1:], func(w dockerfile.Word) bool {
		return w.Text == "--remote-name" || strings.HasPrefix(w.Text, "-") && !strings.HasPrefix(w.Text, "--") && strings.Contains(w.Text, "O")
	}) {
		return nil // to standard output
	}
	for _, w := range c.Operands(1) {
		if strings.Contains(w.Text, "://") {
			files = append(files, path.Base(w.Text))
		}
	}
	return files
}

// isArchive says that a file is one that is unpacked.
func isArchive(file string) bool {
	for _, end := range []string{".tgz", ".tar.gz", ".tar.xz", ".tar.bz2", ".tar", ".zip", ".deb", ".rpm"} {
		if strings.HasSuffix(file, end) {
			return true
		}
	}
	return false
}

// archives finds archives that a RUN fetches and leaves.
func (b *build) archives(i *dockerfile.Instruction) {
	for n := range i.Commands {
		for _, file := range downloads(&i.Commands[n]) {
			if !isArchive(b.Expand(file, i)) || removesFile(i, file) || removesFolder(i) {
				continue
			}
			f := finding{at: i.Commands[n].Start(), message: "archive %s stays in the layer after it was unpacked", args: []any{path.Base(file)}, summary: "remove the archive in the RUN that fetches it"}
			if moves := i.Commands[0].Name() == "cd" || len(i.Commands) > 1 && hasCommand(i, "cd"); moves && !path.IsAbs(file) {
				f.summary += "; where it lies depends on cd"
			} else if unpacks(i, file) {
				f.changes = b.then(i, "rm -f "+unpackedAs(i, file)) // -f: some programs remove what they unpacked
			} else if second := next(i); second != nil && unpacks(second, file) {
				f.message, f.changes = "archive %s stays in a separate layer; another RUN unpacks it", b.joined(i, second)
			}
			b.report(f)
		}
	}
}

func hasCommand(i *dockerfile.Instruction, name string) bool {
	return slices.ContainsFunc(i.Commands, func(c dockerfile.Command) bool { return c.Name() == name })
}

// removesFolder says that a RUN removes the folder that it goes into.
func removesFolder(i *dockerfile.Instruction) bool {
	return slices.ContainsFunc(i.Commands, func(c dockerfile.Command) bool { return c.Name() == "cd" && c.Text(1) != "" && removes(i, c.Text(1)) })
}

// removesFile says that a RUN removes a file, by its name or by a pattern of its folder.
func removesFile(i *dockerfile.Instruction, file string) bool {
	return slices.ContainsFunc(i.Commands, func(c dockerfile.Command) bool {
		return (c.Name() == "rm" || c.Name() == "mv") && slices.ContainsFunc(c.Operands(1), func(w dockerfile.Word) bool {
			base := path.Base(w.Text)
			matched, _ := path.Match(base, path.Base(file)) // a pattern that is none matches nothing
			return matched || strings.HasPrefix(file, strings.TrimSuffix(w.Text, "/")+"/")
		})
	})
}

// unpackedAs is how the command that unpacks a file names it.
func unpackedAs(i *dockerfile.Instruction, file string) string {
	for _, c := range i.Commands {
		if slices.Contains(unpackers, c.Name()) {
			for _, w := range c.Words[1:] {
				if path.Base(w.Text) == path.Base(file) {
					return w.Text
				}
			}
		}
	}
	return file
}

// unpackers are programs that unpack or install archives.
var unpackers = []string{"tar", "unzip", "dpkg", "rpm", "bsdtar", "apt-get", "apt", "gunzip"}

func unpacks(i *dockerfile.Instruction, file string) bool {
	return slices.ContainsFunc(i.Commands, func(c dockerfile.Command) bool {
		return slices.Contains(unpackers, c.Name()) &&
			slices.ContainsFunc(c.Words[1:], func(w dockerfile.Word) bool { return path.Base(w.Text) == path.Base(file) })
	})
}

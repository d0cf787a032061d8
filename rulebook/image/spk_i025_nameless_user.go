package image

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/workload/dockerfile"
)

func namelessUser() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-I025", Name: "nameless-user-in-image", Level: rule.Error, Area: rule.Image,
		Doc: rule.Doc{
			Title: "The image's user has no entry in /etc/passwd",
			Why: "Hadoop asks the system for the user's name at the start of every driver, executor and server. A uid without an entry in /etc/passwd has no name, and the JVM exits. " +
				"Spark's own entrypoint adds an entry. An image that starts Spark's programs without it must have one. " +
				"It is checked where the base image has no Spark, and ENTRYPOINT or CMD starts a program of Spark. " +
				"Numbers below 100, and 1000 in images made from Ubuntu, are not reported. The base image may have an account with that number.",
			Remedy:  "give the user a name in a RUN in front of USER, as with useradd or a line in /etc/passwd",
			Since:   "0.1.0",
			Sources: []string{"Spark 3.5.9 and 4.3.0 run as such a user on Java 17 (SPK-P056)"},
		},
		Build: built(rule.Error, nameless),
	}
}

// sparkProgram is a program of Spark that an image starts without Spark's entrypoint.
var sparkProgram = regexp.MustCompile(`(?:^|/)spark-(?:submit|class|shell|sql)(?:\s|$)|start-[a-z-]+\.sh|org\.apache\.spark\.`)

// nameless finds a user that is only a number.
func nameless(b *build) {
	if !baseOf(b.Image(b.Last())).root {
		return
	}
	var user, entry, command *dockerfile.Instruction
	rootBefore, named := true, false
	for _, i := range b.FinalInstructions() {
		switch i.Keyword {
		case "user":
			if user != nil {
				rootBefore = rootBefore && isRoot(b.Expand(user.Target(), user))
			}
			user = i
		case "entrypoint":
			entry, command = i, nil // which resets CMD
		case "cmd":
			command = i
		case "run":
			text := strings.Join(i.Args, " ")
			named = named || i.Unread != "" || i.Script || strings.Contains(text, "/etc/passwd") || strings.Contains(text, "nss") || strings.Contains(text, "useradd") || strings.Contains(text, "adduser")
		case "copy", "add":
			named = named || slices.ContainsFunc([]string{"/", "/etc", "/etc/", "/etc/passwd"}, func(to string) bool { return i.Target() == to })
		}
	}
	if user == nil || named {
		return
	}
	var started []string
	for _, i := range []*dockerfile.Instruction{entry, command} {
		if i != nil {
			started = append(started, i.Args...)
		}
	}
	number, _, _ := strings.Cut(b.Expand(user.Target(), user), ":")
	if !numericUser.MatchString(number) || isRoot(number) || mayBeNamed(baseOf(b.Image(b.Last())), number) || !sparkProgram.MatchString(strings.Join(started, " ")) {
		return
	}
	f := finding{at: user.Start(), message: "uid %s has no entry in /etc/passwd; Spark finds no name for it and does not start", args: []any{number},
		summary: "give the user a name in a RUN in front of USER"}
	if rootBefore {
		f.changes = []dockerfile.Change{dockerfile.Insert(user.First, "# Hadoop's login needs a name for the user's number.", "RUN echo 'spark:x:"+number+":0:spark:/tmp:/bin/sh' >> /etc/passwd")}
	}
	b.report(f)
}

var (
	// ubuntuImages are made from Ubuntu, unless their tag names another system.
	ubuntuImages = []string{"ubuntu", "eclipse-temurin", "sapmachine", "ibm-semeru-runtimes", "zulu-openjdk", "buildpack-deps"}
	// withoutUbuntu is a tag of another system, or of Ubuntu before 23.04.
	withoutUbuntu = regexp.MustCompile(`jammy|focal|bionic|22\.04|20\.04|18\.04|alpine|ubi|centos|debian|bookworm|trixie|bullseye`)
)

// mayBeNamed says that a base image has an account with the number, or may have: one of the system's, which are below 100, nobody, that of
// a build tool's image, or ubuntu, which has 1000 in Ubuntu from 23.04 on.
func mayBeNamed(of base, number string) bool {
	uid, err := strconv.Atoi(number)
	fromUbuntu := of.build != "" || slices.Contains(ubuntuImages, of.name) && !withoutUbuntu.MatchString(of.tag)
	return err != nil || uid < 100 || uid == 65534 || uid == 1000 && fromUbuntu
}

func isRoot(user string) bool {
	name, _, _ := strings.Cut(user, ":")
	return name == "root" || name == "0"
}

package image

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark/secret"
	"github.com/kubectl-spark/kubectl-spark/workload/dockerfile"
)

func secretsInImage() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-I020", Name: "secrets-in-image", Level: rule.Error, Area: rule.Image,
		Doc: rule.Doc{
			Title: "The image holds a secret",
			Why: "Values of ENV and ARG stand in the image's configuration and history, and files of COPY in its layers. Everyone who can pull the image can read them. " +
				"Removing a file in a later layer does not help: its layer stays.",
			Remedy:  "mount the secret for one RUN (RUN --mount=type=secret,id=NAME), give it to the pod as a Kubernetes Secret, and change the secret",
			Levels:  "a warning where an argument has the name of a secret and no value",
			Since:   "0.1.0",
			Sources: []string{"BuildKit: check SecretsUsedInArgOrEnv", "Docker: Build secrets"},
		},
		Build: built(rule.Error, func(b *build) {
			for _, i := range append(slices.Clone(b.Args), b.All()...) {
				switch i.Keyword {
				case "env", "arg":
					for _, pair := range i.Pairs() {
						b.secretValue(i, pair)
					}
				case "copy", "add":
					for _, source := range i.Sources() {
						if b.secretFile(source) && i.Flag("from") == "" {
							b.report(finding{at: i.Start(), message: "%s copies a file of credentials into the image: %s", args: []any{strings.ToUpper(i.Keyword), path.Base(source)},
								summary: "remove the file from " + strings.ToUpper(i.Keyword) + ", mount it for one RUN with --mount=type=secret, and change the secret"})
						}
					}
				case "label":
					for _, pair := range i.Pairs() {
						if _, degree := secret.Of(pair.Name, pair.Value); degree == secret.Secret && !strings.Contains(pair.Value, "$") {
							b.report(finding{at: i.Start(), message: "LABEL %s holds a secret in clear; the image's configuration shows it to everyone who can pull it", args: []any{pair.Name},
								summary: "remove it from the Dockerfile, and change the secret"})
						}
					}
				case "cmd", "entrypoint", "onbuild", "healthcheck":
					if len(secret.InArguments(literal(i.Args))) > 0 || i.Keyword == "onbuild" && slices.ContainsFunc(b.texts(i), holdsSecret) {
						b.report(finding{at: i.Start(), message: strings.ToUpper(i.Keyword) + " holds a secret in clear; the image's configuration shows it to everyone who can pull it",
							summary: "give it to the pod as a Kubernetes Secret, and change the secret"})
					}
				case "run":
					b.secretOfRun(i)
				}
				if i.Keyword == "copy" && i.Heredoc && slices.ContainsFunc(b.texts(i)[1:], holdsSecret) {
					b.report(finding{at: i.Start(), message: "COPY writes a file with a secret into the image", summary: "remove the secret from the file, give it to the pod as a Kubernetes Secret, and change it"})
				}
			}
		}),
	}
}

// secretOfRun finds secrets in the commands of a RUN, and in variables and here-documents of it.
func (b *build) secretOfRun(i *dockerfile.Instruction) {
	f := finding{message: "a command of RUN holds a secret, which the image's history shows", summary: "mount the secret for this RUN with --mount=type=secret, and change the secret"}
	for n := range i.Commands {
		c := &i.Commands[n]
		texts := make([]string, len(c.Words))
		for k, w := range c.Words {
			texts[k] = w.Text
		}
		if len(secret.InArguments(literal(texts))) > 0 || sendsLogin(c) {
			f.at = c.Start()
			b.report(f)
			return
		}
	}
	for n, line := range b.texts(i) {
		if holdsSecret(line) {
			f.at = dockerfile.Place{Line: i.First + n, Column: b.Column(i.First + n)}
			b.report(f)
			return
		}
	}
}

// sendsLogin says that curl or wget is given a login in clear.
func sendsLogin(c *dockerfile.Command) bool {
	if c.Name() != "curl" && c.Name() != "wget" {
		return false
	}
	for n := 1; n < len(c.Words); n++ {
		text := c.Words[n].Text
		_, password, has := strings.Cut(text, ":")
		if user := c.Text(n - 1); (user == "-u" || user == "--user") && has && password != "" && !strings.ContainsAny(password, "$`") {
			return true
		}
		if loginHeader.MatchString(text) {
			return true
		}
	}
	return false
}

var loginHeader = regexp.MustCompile(`(?i)^(?:private-token|x-jfrog-art-api|authorization):\s*(?:bearer\s+|basic\s+|token\s+)?[A-Za-z0-9+/=_.-]{8,}$`)

// Forms of a secret in a line: NAME=value, also in a file of settings, and the line of .netrc.
var (
	assigned  = regexp.MustCompile(`(?:^|[\s;&"'])([A-Za-z_][A-Za-z0-9_.]*)\s*=\s*["']?([^\s"'$;&|()<>]+)`)
	netrcLine = regexp.MustCompile(`\bmachine\s+\S+\s+login\s+\S+\s+password\s+[^\s$"'<]{4,}`)
)

// holdsSecret says that a line assigns a secret in clear.
func holdsSecret(line string) bool {
	return netrcLine.MatchString(line) || slices.ContainsFunc(assigned.FindAllStringSubmatch(line, -1), func(m []string) bool {
		_, degree := secret.Of(m[1], m[2])
		return degree == secret.Secret
	})
}

// literal are words without those that a shell puts values into.
func literal(words []string) []string {
	out := slices.Clone(words)
	for n, w := range out {
		if strings.Contains(w, "$") {
			out[n] = ""
		}
	}
	return out
}

var secretFileName = regexp.MustCompile(`(?i)(?:^|/)(?:\.aws|\.ssh|\.netrc|\.pgpass|\.env|\.npmrc|\.pypirc|id_(?:rsa|dsa|ecdsa|ed25519)|credentials(?:\.json)?|[^/]*\.(?:pem|p12|jks|keytab|key)|[^/]*service[-_]?account[^/]*\.json|\.git-credentials|\.docker)(?:/|$)`)

func (b *build) secretFile(source string) bool { return secretFileName.MatchString(source) }

func (b *build) secretValue(i *dockerfile.Instruction, pair dockerfile.Pair) {
	kind := strings.ToUpper(i.Keyword)
	value := pair.Value
	if strings.Contains(value, "$") {
		value = "" // it comes from an argument, which is judged by itself
	}
	_, degree := secret.Of(pair.Name, value)
	switch {
	case value != "" && degree == secret.Secret:
		b.report(finding{at: i.Start(), message: kind + " %s holds a secret in clear; the image's configuration shows it to everyone who can pull it", args: []any{pair.Name},
			summary: "remove it from the Dockerfile: for a build use RUN --mount=type=secret, for the pod a Kubernetes Secret; then change the secret"})
	case value == "" && secretNamed(pair.Name):
		b.report(finding{at: i.Start(), level: rule.Warning, message: kind + " %s is for a secret; the image's history keeps what a build gives it", args: []any{pair.Name},
			summary: "give it to the RUN that needs it with --mount=type=secret"})
	}
}

// secretNamed says that any value of a name would be a secret.
func secretNamed(name string) bool {
	_, degree := secret.Of(name, "q8Zr2LxV9mKp4Tn7")
	return degree == secret.Secret
}

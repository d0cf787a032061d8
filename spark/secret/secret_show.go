package secret

import (
	"encoding/base64"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MayShow says whether a value may be shown under its name. Of asks what certainly is a secret, for a finding; this asks what
// certainly is none, for all that is printed. In doubt a value is hidden: tokens like words, short ones, stand-ins.
func MayShow(name, value string) bool {
	value = strings.TrimSpace(value)
	if value == "" || onlyMasked(value) {
		return true
	}
	if _, degree := Of(name, value); degree != Public {
		return false
	}
	return mayShowNamed(name, value) && len(shapeSpans(value, strings.ToLower(value))) == 0
}

// onlyMasked says that nothing is left of a value but marks around what was masked.
func onlyMasked(value string) bool {
	return strings.Contains(value, Masked) && strings.Trim(strings.ReplaceAll(value, Masked, ""), " \t\r\n\"'`\\()[]{};,.:") == ""
}

// mayShowNamed is MayShow by the name alone, of a value without blanks around it.
func mayShowNamed(name, value string) bool {
	if value == "" || onlyMasked(value) {
		return true
	}
	if _, degree := secretNamed(name, value); degree != Public {
		return false
	}
	switch guardOf(name) {
	case closed:
		return plainlyPublic(name, value)
	case doubtful:
		return !Generated(value)
	}
	return true
}

var (
	references = pattern(`\$\{(?:(?:env|sys|system|spark|hadoopconf|file|k8s):)?[\w./-]+(?::?\?[a-z ]*|:?-)?\}|\$[0-9]\b|\$\((?:cat |<)?[\w./-]+\)|\{\{[^{}"']*\}\}|\$[A-Z_][A-Z0-9_]*\b|%[A-Z_][A-Z0-9_]*%`)
	defaulted  = pattern(`\$\{[A-Z_][A-Z0-9_]*-[^}]+\}`) // of a shell, with the value where the variable is not set
	kept       = pattern(`^(?:env:[A-Z_][A-Z0-9_]*|(?:vault|k8s|ssm|op|secretsmanager|secret|ref):[\w.-]*(?:/[\w.-]+)+(?:#[\w.-]+)?|arn:aws[\w-]*:[\w-]+:[\w:/.-]+)$`)
	pathForm   = pattern(`^(?:(?:file|local):(?://)?)?(?:~|\.{1,2})?(?:/[\w.@+-]+)+/?$`)
	urlForm    = pattern(`^[A-Za-z][A-Za-z0-9+.:-]*://[^\s"']+$`)
	holder     = pattern(`^(?:<[A-Za-z _.-]{1,64}>|\*+(?:\(redacted\))?)$`)
	smallCount = pattern(`^[0-9]{1,4}(?:\.[0-9]{1,3})?[a-zA-Z]{0,3}$`)
	packaged   = pattern(`^(?:[a-z_][\w$]*\.){2,}[A-Z][\w$]*(?:\s*,\s*(?:[a-z_][\w$]*\.){2,}[A-Z][\w$]*)*$`)
	passName   = pattern(`(?i)pass|pwd|pw$`)
	uuidForm   = pattern(`^[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$`)
	// A number with a unit, which nobody generates.
	measured     = pattern(`^[+-]?[0-9][0-9._,]*\s*[A-Za-z]{0,12}$`)
	settingWords = words("true false none null nil auto required optional disabled enabled default")
)

// plainlyPublic tells what may stand under the name of a secret and is none: a variable, a path, a URL, a setting, a class, a
// number of a few digits under another name than a password's.
func plainlyPublic(name, value string) bool {
	switch {
	case refersOnly(value), kept.MatchString(value), holder.MatchString(value), packaged.MatchString(value), urlForm.MatchString(value):
		return true
	case settingWords[strings.ToLower(value)]:
		return true
	case smallCount.MatchString(value) && !passName.MatchString(name):
		return true
	}
	return value == "/" || isPath(value)
}

// refersOnly says that a value is made of variables or templates alone, behind the word of a scheme or not.
func refersOnly(value string) bool {
	rest := references.ReplaceAllString(value, "")
	if rest == value || defaulted.MatchString(value) {
		return false
	}
	rest = strings.Trim(rest, " :/,;")
	return rest == "" || authSchemes[strings.ToLower(rest)]
}

var authSchemes = words("basic bearer token")

// isPath says that a value is a path; a part of it that looks generated makes it none.
func isPath(value string) bool {
	if !pathForm.MatchString(value) || strings.Count(value, "/") < 2 && !strings.HasPrefix(value, ".") && !strings.HasPrefix(value, "~") && !strings.Contains(value, ":") {
		return false
	}
	return !slices.ContainsFunc(strings.Split(value, "/"), func(part string) bool {
		return len(part) >= 12 && !strings.Contains(part, ".") && random(part) && strings.ContainsFunc(part, unicode.IsUpper) && strings.ContainsFunc(part, unicode.IsLower)
	})
}

// Generated says that a value looks as if a machine had made it to be kept secret: it is shown under no name that is not meant for it.
func Generated(value string) bool {
	switch {
	case namePair(value), uuidForm.MatchString(value):
		return true
	case !random(value), measured.MatchString(value), plainlyPublic("", value):
		return false
	case !plainName.MatchString(value):
		return true
	}
	return slices.ContainsFunc(strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune("-_./:", r) }), func(part string) bool { return len(part) >= 12 && random(part) })
}

// namePair says that a value is name:password in base64, as the header of a request and a registry's login have it.
func namePair(value string) bool {
	if len(value) < 8 || len(value) > maxSecretName {
		return false
	}
	raw, err := base64.StdEncoding.DecodeString(value)
	if err != nil {
		raw, err = base64.RawStdEncoding.DecodeString(value)
	}
	name, _, pair := strings.Cut(string(raw), ":")
	return err == nil && pair && name != "" && utf8.Valid(raw) && !strings.ContainsFunc(string(raw), unicode.IsControl)
}

// shownShapes are forms that are hidden wherever they stand: a group is the part that is hidden. holds is in lower case.
var shownShapes = []shape{
	{pattern(`\bgithub_pat_\w{10,}|\bgh[pousr]_[A-Za-z0-9]{10,}`), "", holding("ghp_∨gho_∨ghu_∨ghs_∨ghr_∨github_pat_")},
	{pattern(`\bgl(?:pat|dt|rt|ptt)-[\w-]{8,}`), "", holding("glpat-∨gldt-∨glrt-∨glptt-")},
	{pattern(`\bxox[a-z]-[\w-]{8,}|\bxapp-[\w-]{8,}`), "", holding("xox∨xapp-")},
	{pattern(`hooks\.slack\.com/services/([\w/]+)`), "", holding("hooks.slack.com")},
	{pattern(`\b[srp]k_(?:live|test)_\w{8,}`), "", holding("k_live_∨k_test_")},
	{pattern(`\bsk-[\w-]{16,}`), "", holding("sk-")},
	{pattern(`\bhf_[A-Za-z0-9]{12,}|\bnpm_[A-Za-z0-9]{16,}|\bdckr_pat_[\w-]{8,}|\bdop_v1_\w{16,}|\bshpat_\w{16,}`), "", holding("hf_∨npm_∨dckr_pat_∨dop_v1_∨shpat_")},
	{pattern(`\bpypi-[\w-]{16,}|\bAGE-SECRET-KEY-1\w{10,}`), "", holding("pypi-∨age-secret-key-1")},
	{pattern(`\bya29\.[\w-]{8,}|\bSG\.[\w-]{12,}\.[\w-]{12,}|\bhv[sbr]\.[\w-]{12,}`), "", holding("ya29.∨sg.∨hvs.∨hvb.∨hvr.")},
	{pattern(`\bdapi[0-9a-f]{16,}`), "", holding("dapi")},
	{pattern(`\beyJ[\w-]{8,}(?:\.[\w-]*){1,4}`), "", holding("eyj")},
	{pattern(`\b(?:SharedAccessKey|SharedAccessSignature)=([^\s;"']{4,})`), "", holding("shareda")},
	{pattern(`\bAccountKey=([^\s;"']{4,})`), "", holding("accountkey=")},
	// Headers of a request.
	{pattern(`(?i)\bauthorization\\?["']?\s*[:=]\s*\\?["']?(?:digest|aws4-hmac-sha256|negotiate|ntlm|signature|hmac|oauth|hawk)\s+([^\n]+)`), "", holding("authorization")},
	{pattern(`(?i)\bauthorization\\?["']?\s*[:=]\s*\\?["']?(?:basic|bearer|token|apikey|splunk|key|geniekey|sharedkey|sharedkeylite|ssws|bot)\s+([^\s"',;\\]+)`), "", holding("authorization")},
	{pattern(`(?i)\bcookie\\?["']?:\s*([^\n"']+)`), "", holding("cookie")},
	{pattern(`(?i)(?:^|[\s"'])(?:x-[\w-]*(?:token|key|auth|secret)|private-token|api-key|[\w-]*subscription-key)\\?["']?\s*:\s*\\?["']?([^\s"',;\\]+)`), "", holding("x-∨private-token∨api-key∨subscription-key∧:")},
	// Parameters of a URL and of a JDBC URL.
	{pattern(`(?i)[?&;#](?:key|code|auth|sig|sign|signature|ticket|otp|pw|pass|passwd|pwd|password|[\w.-]*(?:token|secret|signature|credential|password|apikey|api[_-]key|access[_-]?key))=([^&;\s"']+)`), "", holding("?∨&∨;∨#∧=∧key∨code∨auth∨sig∨ticket∨otp∨pw∨pass∨token∨secret∨credential")},
	{pattern(`(?i);(?:[\w.-]*password|pwd)=(\{[^}\n]*\})`), "", holding("={∧password∨pwd")},
	// Passwords of commands.
	{pattern(`\s(?:-u|--user|--proxy-user|--auth)[ =]["']?[^\s:"'=]*[^\s:"'=0-9][^\s:"'=]*:([^\s"']+)`), "", holding("-u ∨-u=∨--user∨--proxy-user∨--auth∧:")},
	{pattern(`\bcurl\b[^\n|;]*?\s-u[\w.@\\-]+:([^\s"']+)`), "", holding("curl∧ -u")},
	{pattern(`\bsshpass\s+-p\s*["']?([^\s"']+)`), "", holding("sshpass")},
	{pattern(`\bmysql\w*\s[^\n|;]*?-p["']?([^\s"']+)`), "", holding("mysql∧-p")},
	{pattern(`\s(?:-u|--user|--proxy-user|--auth)[ =]'[^\s:']+:([^'\n]+)'`), "", holding("-u ∨-u=∨--user∨--proxy-user∨--auth∧:∧'")},
	{pattern(`\s(?:-u|--user|--proxy-user|--auth)[ =]"[^\s:"]+:([^"\n]+)"`), "", holding("-u ∨-u=∨--user∨--proxy-user∨--auth∧:∧\"")},
	{pattern(`\bsqlplus\s+(?:-\S+\s+)*[^\s/]+/([^\s@]+)@`), "", holding("sqlplus")},
	{pattern(`\bmc\s+alias\s+set\s+\S+\s+\S+\s+\S+\s+(\S+)`), "", holding("mc∧alias")},
	{pattern(`\bopenssl\b[^\n|;&]*?\s-k\s+["']?([^\s"']+)`), "", holding("openssl∧ -k ")},
	{pattern(`\bzip\b[^\n|;&]*?\s-P\s*["']?([^\s"']+)`), "", holding("zip∧ -p")},
	{pattern(`\blogin\b[^\n|;&]*?\s(?:-p|--pass)[ =]["']?([^\s"']+)`), "", holding("login∧-p")},
	{pattern(`\b(?:beeline|mongo(?:sh|dump|restore)?|cqlsh|sqlcmd)\b[^\n|]*?\s-[pP][ =]?["']?([^\s"'-][^\s"']*)`), "", holding(" -p∧beeline∨mongo∨cqlsh∨sqlcmd")},
	{pattern(`\bredis-cli\b[^\n|;&]*?\s-a[ =]["']?([^\s"']+)`), "", holding("redis-cli")},
	{pattern(`\bldap\w+\b[^\n|;&]*?\s-w[ =]["']?([^\s"']+)`), "", holding("ldap∧-w")},
	{pattern(`\bcredential\s+create\b[^\n|;&]*?\s-value[ =]["']?([^\s"']+)`), "", holding("-value∧credential")},
	{pattern(`\s-pass(?:in|out)?[ =]["']?pass:([^\s"']+)`), "", holding("pass:")},
	{pattern(`\b(?:echo|printf)\s+(?:-\w+\s+|["']?%s["']?\s+)?("[^"\n]*"|'[^'\n]*'|[^\s"'|]+)\s*\|\s*(?:sudo\s+-S|(?:sudo\s+)?(?:kinit|passwd|cryptsetup|[^|\n]*-stdin))\b`), "", holding("|∧echo∨printf")},
	{pattern(`\bcurl\b[^\n|;]*?\s-b\s+["']?[\w.-]+=([^"'\n]+)`), "", holding(" -b∧curl")},
	{pattern(`\bvault\s+login\s+(?:-\S+\s+)*([^\s-]\S*)`), "", holding("vault∧login")},
	{pattern(`\blogin\s+\S+\s+password\s+(\S+)`), "", holding("login∧password")},
	{pattern(`(?i)(?:^|[\s(,])password\s+("[^"\n]+"|'[^'\n]+')`), "", holding("password∧\"∨'")},
	{pattern(`(?i)\bidentified\s+by\s+("[^"\n]+"|'[^'\n]+')`), "", holding("identified")},
	// Lines of files that hold nothing else: passwords of PostgreSQL, hashes of passwords, keys of PuTTY.
	{pattern(`(?m)(?:^|[\s"'])[\w.*-]+:\d?432:[\w*-]+:[\w*-]+:([^\s"']+)`), "", holding("432:")},
	{pattern(`(?m)^[\w.*-]+:\*:[\w*-]+:[\w*-]+:(\S+)$`), "", holding(":*:")},
	{pattern(`\$(?:2[abxy]?\$\d\d|[156y]\$[./A-Za-z0-9]{1,24}|apr1\$[./A-Za-z0-9]{1,24})\$[./A-Za-z0-9]{12,}`), "", holding("$2∨$1$∨$5$∨$6$∨$y$∨$apr1$")},
	{pattern(`Private-Lines:\s*\d+\s*\n((?:[A-Za-z0-9+/=]+\s*\n)+)Private-MAC`), "", holding("private-lines:")},
	// Addresses that let whoever knows them in.
	{pattern(`\bdiscord(?:app)?\.com/api/webhooks/\d+/([\w-]+)`), "", holding("discord")},
	{pattern(`\bapi\.telegram\.org/bot(\d+:[\w-]+)`), "", holding("telegram")},
	{pattern(`\bwebhook\.office\.com/webhookb2/([\w@/-]+)`), "", holding("office")},
	{pattern(`\\?"kty\\?"[^{}]*?\\?"(?:d|k)\\?"\s*:\s*\\?"([\w-]+)`), "", holding("kty")},
}

var (
	bearerForm = pattern(`(?i)\bbearer[ \t:=]+["']?([^\s"',;)\\]+)`)
	basicForm  = pattern(`(?i)\bbasic[ \t]+([A-Za-z0-9+/_-]{4,}={0,2})`)
	userForm   = pattern(`\b(https?|ftp|sftp|ldaps?|amqps?|rediss?|mongodb(?:\+srv)?|postgres(?:ql)?|mysql|nats|svn|git)://([^/\s@:?"']+)@`)
	wideUser   = pattern(`\b[a-z][a-z0-9+.:-]*://[^/\s:@?"']*:([^\s"'<>]+)@[\w.\[(-]`)
	plainUser  = pattern(`(?:^|[\s"'=,(>])[\w.-]+:([^\s@:/"'=]{2,})@([\w.-]+)`)
	agentForm  = pattern(`-(?:javaagent|agentpath|agentlib):`)
	portForm   = pattern(`^(?:[\w.*-]+:)?[0-9]{1,5}(?::[\w./:@+-]*)?$`)
	encodedURL = pattern(`[^\s"']*%[0-9A-Fa-f]{2}[^\s"']*`)
	// Words that go on in a sentence.
	sentenceWords = words(`yes no not none is was are were be must may might can cannot could should would will has have had holds hold the a an this that of for in on at to and or but with without from by as if it its
		missing required invalid unknown empty expired wrong incorrect null unauthorized forbidden denied executable permission failed failure error expected unexpected open stat connection got use used uses set sets value values
		key keys token tokens password passwords secret secrets auth authentication authorization authenticated credential credentials header headers scheme schemes realm error_description stands names takes needs option argument`)
)

// widerSpans are the secrets that may be none, by their shape: shown nowhere, and no finding.
func widerSpans(text, lower string) (spans []span) {
	for _, shape := range shownShapes {
		if !shape.holds.in(lower) {
			continue
		}
		for _, m := range shape.form.FindAllStringSubmatchIndex(text, -1) {
			if len(m) > 2 {
				m = m[len(m)-2:]
			}
			if m[0] < 0 {
				continue
			}
			found := span{m[0], m[0] + len(strings.TrimRight(text[m[0]:m[1]], " \t\r\n"))}
			if raw := text[found.start:found.end]; len(raw) > 1 && (raw[0] == '"' || raw[0] == '\'') && raw[len(raw)-1] == raw[0] {
				found = span{found.start + 1, found.end - 1}
			}
			if !shownAnyway(text[found.start:found.end]) {
				spans = append(spans, found)
			}
		}
	}
	if strings.Contains(lower, "bearer") {
		for _, m := range bearerForm.FindAllStringSubmatchIndex(text, -1) {
			if word := strings.TrimRight(text[m[2]:m[3]], ".:!?"); !sentenceWords[strings.ToLower(word)] && !shownAnyway(word) {
				spans = append(spans, span{m[2], m[3]})
			}
		}
	}
	if strings.Contains(lower, "basic") {
		for _, m := range basicForm.FindAllStringSubmatchIndex(text, -1) {
			if namePair(text[m[2]:m[3]]) {
				spans = append(spans, span{m[2], m[3]})
			}
		}
	}
	if strings.Contains(text, "@") {
		spans = append(spans, userSpans(text)...)
	}
	if strings.Contains(text, "-javaagent:") || strings.Contains(text, "-agent") {
		spans = append(spans, agentSpans(text)...)
	}
	if strings.Contains(text, "--from-literal") {
		spans = append(spans, literalSpans(text)...)
	}
	return spans
}

// userSpans are users and passwords before a host. The user that a store's URL names is its container.
func userSpans(text string) (spans []span) {
	for _, m := range userForm.FindAllStringSubmatchIndex(text, -1) {
		if !shownAnyway(text[m[4]:m[5]]) {
			spans = append(spans, span{m[4], m[5]})
		}
	}
	for _, m := range wideUser.FindAllStringSubmatchIndex(text, -1) {
		if port, _, path := strings.Cut(text[m[2]:m[3]], "/"); path && strings.Trim(port, "0123456789") == "" {
			continue // host:port/path@x
		}
		if !shownAnyway(text[m[2]:m[3]]) {
			spans = append(spans, span{m[2], m[3]})
		}
	}
	for _, m := range plainUser.FindAllStringSubmatchIndex(text, -1) {
		if behind := text[m[4]:m[5]]; !strings.HasPrefix(behind, "sha") && !shownAnyway(text[m[2]:m[3]]) {
			spans = append(spans, span{m[2], m[3]})
		}
	}
	return spans
}

// shownAnyway tells what stands in a secret's place and is none, and what is masked already.
func shownAnyway(value string) bool {
	return strings.HasPrefix(value, Masked) || strings.HasPrefix(value, "{{") || refersOnly(value) || holder.MatchString(value) || settingWords[strings.ToLower(value)]
}

// publicAgent says that the options of an agent are plainly public: a port, with the path of a file or without, or those of the JDK's debugger.
func publicAgent(file, options string) bool {
	return options == "" || strings.HasPrefix(options, Masked) || file == "jdwp" || portForm.MatchString(options) || isPath(options) || refersOnly(options)
}

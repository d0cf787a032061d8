package model

import (
	"fmt"
	"regexp"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
)

// maxText bounds a text that is kept, in bytes; what is looked at for words is what the server gave, which bounds it itself:
// a termination message has at most 4 KiB, an Event's message 1 KiB.
const maxText = 240

// Text is a text of the server as one line without its secrets, cut to a bound: what is cut could no more be told from other
// text. What a terminal must not see is taken away where it is shown.
func Text(s string) string {
	s = strings.Join(strings.Fields(mask.Message(cut(s, 4*maxText))), " ")
	if len(s) <= maxText {
		return s
	}
	return strings.TrimSpace(cut(s, maxText)) + "..."
}

// cut is the beginning of a text, at most so many bytes, and no half of a rune.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "")
}

// MainLine is the line of a termination message that says most: the last cause of a stack trace, else the line that names an
// exception or an error, else the last line.
func MainLine(message string) string {
	message = mask.Message(strings.TrimSpace(message)) // one may go on over lines
	var cause, named, last string
	for line := range strings.Lines(message) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || strings.HasPrefix(line, "at ") || strings.HasPrefix(line, "... "):
			continue
		case strings.HasPrefix(line, "Caused by: "):
			cause = strings.TrimPrefix(line, "Caused by: ")
		case named == "" && telling.MatchString(line):
			named = line
		}
		last = line
	}
	for _, line := range []string{cause, named, last} {
		if line != "" {
			return Text(line)
		}
	}
	return ""
}

var telling = regexp.MustCompile(`\b[A-Za-z_$][\w.$]*(Exception|Error)\b|^Error\b|\bERROR\b|\bError: `)

// refusedByQuota says whether a message of the API server says that a ResourceQuota refused a pod.
func refusedByQuota(message string) bool {
	return strings.Contains(message, "exceeded quota") || strings.Contains(message, "failed quota")
}

var quotaForm = regexp.MustCompile(`(?:exceeded|failed) quota: ([^\s,:]+)`)

// quotaOf is the quota that a message names.
func quotaOf(message string) string {
	if m := quotaForm.FindStringSubmatch(message); m != nil {
		return cut(m[1], maxText)
	}
	return ""
}

var (
	deniedForm = regexp.MustCompile(`User "([^"\s]{1,300})" cannot ([a-z]{1,30}) resource "([a-z./]{1,100})"`)
	status403  = regexp.MustCompile(`Forbidden ?!|\bcode=403\b|\bstatus: 403\b|HTTP 403\b`)
)

// forbidden says whether a message says that the API server refused a request for lack of a right.
func forbidden(message string) bool {
	return deniedForm.MatchString(message) || strings.Contains(message, "kubernetes") && status403.MatchString(message)
}

// deniedOf is the right that a message says is missing: create pods; "" where it names none.
func deniedOf(message string) string {
	if m := deniedForm.FindStringSubmatch(message); m != nil {
		return m[2] + " " + m[3]
	}
	return ""
}

// Denied are the account, the verb and the resource of a refused request.
func Denied(message string) (account, verb, resource string) {
	if m := deniedForm.FindStringSubmatch(message); m != nil {
		return m[1], m[2], m[3]
	}
	return "", "", ""
}

// signals by number, of those that end a JVM.
var signals = map[int32]string{4: "SIGILL", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE", 9: "SIGKILL", 11: "SIGSEGV", 15: "SIGTERM"}

// meanings are those of exit codes: of Spark's own, SparkExitCode.scala, and of a shell.
var meanings = map[int32]string{
	3: "ExitOnOutOfMemoryError", 50: "uncaught exception", 51: "uncaught exception, twice", 53: "no local folder can be written", 54: "external block store failed",
	56: "no heartbeat reached the driver", 101: "main class not found or failed", 126: "the command cannot be run", 127: "the command was not found",
}

// Memories of a JVM beside its heap, by the words that an OutOfMemoryError of theirs has.
const (
	Metaspace    = "Metaspace"
	DirectMemory = "direct buffer memory"
	Threads      = "native thread"
	ArraySize    = "Requested array size exceeds VM limit" // one array of too many elements, in a heap of any size
)

// MemoryOf is which memory of the JVM was full, by the OutOfMemoryError in a text; "" where it was the heap, or where the text has no
// such error. The words are HotSpot's: metaspace.cpp, Bits.java, jvm.cpp, memAllocator.cpp.
func MemoryOf(text string) string {
	_, text, _ = strings.Cut(text, "OutOfMemoryError")
	text, _, _ = strings.Cut(strings.ToLower(text), "\n")
	for _, one := range []struct{ words, memory string }{
		{"metaspace", Metaspace}, {"compressed class space", Metaspace}, {DirectMemory, DirectMemory}, {Threads, Threads},
		{strings.ToLower(ArraySize), ArraySize},
	} {
		if strings.Contains(text, one.words) {
			return one.memory
		}
	}
	return ""
}

// exitText words how a container ended: exit code 134 (SIGABRT).
func exitText(t *corev1.ContainerStateTerminated) string {
	code := t.ExitCode
	meaning := meanings[code]
	if n := code - 128; meaning == "" && n > 0 {
		meaning = signals[n]
	}
	if meaning == "" && t.Reason != "" && t.Reason != "Error" && t.Reason != "Completed" {
		meaning = Text(t.Reason)
	}
	if meaning == "" {
		return fmt.Sprintf("exit code %d", code)
	}
	return fmt.Sprintf("exit code %d (%s)", code, meaning)
}

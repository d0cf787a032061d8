package spark

import (
	"math"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// javaOptPrefix names the numbered variables by which Spark hands an executor its JVM options (deploy/k8s/Constants.scala).
const javaOptPrefix = "SPARK_JAVA_OPT_"

// Channel is the environment variable by which a role's JVM, and no other, is given options:
//
//   - Driver, Connect, Thrift: SPARK_SUBMIT_OPTS (launcher SparkSubmitCommandBuilder). It comes before the user's
//     extraJavaOptions, which therefore win. It must not carry heap sizes.
//   - Executor: SPARK_JAVA_OPT_<n>, n being what NextOption returns. The official image orders them as text,
//     so that a place behind the others is not to be relied on: only options whose key is absent may be added.
//   - Master, Worker, History: SPARK_DAEMON_JAVA_OPTS (SparkClassCommandBuilder). Executors of a worker do not read it.
//     The text "Xmx" in it is refused (seen with 3.3.4 to 4.3.0).
//
// For Connect and Thrift SPARK_DAEMON_JAVA_OPTS is read as well, before SPARK_SUBMIT_OPTS.
func Channel(role Role) string {
	switch role {
	case Driver, Connect, Thrift:
		return "SPARK_SUBMIT_OPTS"
	case Executor:
		return javaOptPrefix
	case Master, Worker, History:
		return "SPARK_DAEMON_JAVA_OPTS"
	}
	return ""
}

// NextOption is the first number behind those of all SPARK_JAVA_OPT_<n> of an executor. Behind numbers that Spark never counts to
// it is the first number that nobody has.
func NextOption(c *corev1.Container) (next int) {
	for i := range c.Env {
		if digits, ok := strings.CutPrefix(c.Env[i].Name, javaOptPrefix); ok {
			if n, ok := optionNumber(digits); ok {
				next = max(next, min(n, mostOptions)+1)
			}
		}
	}
	if next > mostOptions {
		return firstFree(c)
	}
	return next
}

// ExecutorOptions gathers SPARK_JAVA_OPT_<n> of an executor, and says whether that is the whole. It is not when one of them is
// no literal, or when envFrom may bring more.
func ExecutorOptions(c *corev1.Container) (tokens []string, complete bool) {
	complete = len(c.EnvFrom) == 0
	n := 0
	for i := range c.Env {
		if strings.HasPrefix(c.Env[i].Name, javaOptPrefix) {
			n++
		}
	}
	tokens = slices.Grow(tokens, n)
	for i := range c.Env {
		digits, ok := strings.CutPrefix(c.Env[i].Name, javaOptPrefix)
		if !ok || !Numbered(digits) {
			continue
		}
		// Each variable is one option, whatever blanks it holds.
		value, literal := Literal(&c.Env[i])
		if !literal {
			complete = false
			continue
		}
		if value != "" {
			tokens = append(tokens, value)
		}
	}
	return tokens, complete
}

// mostOptions is more than a container can have.
const mostOptions = 1_000_000

func firstFree(c *corev1.Container) int {
	taken := map[string]bool{}
	for i := range c.Env {
		taken[c.Env[i].Name] = true
	}
	n := 0
	for taken[javaOptPrefix+strconv.Itoa(n)] {
		n++
	}
	return n
}

// Numbered says whether what follows the channel's name in that of an executor's variable is a number.
func Numbered(digits string) bool { _, ok := optionNumber(digits); return ok }

// optionNumber reads the number of a variable. One that no variable could follow is none.
func optionNumber(digits string) (n int, ok bool) {
	if digits == "" || strings.Trim(digits, "0123456789") != "" { // an error of strconv takes memory, and most names are no numbers
		return 0, false
	}
	n, err := strconv.Atoi(digits)
	return n, err == nil && n < math.MaxInt32
}

// Options are the JVM options of a role that a container shows.
type Options struct {
	Tokens []string
	// Visible says that no channel hides options. Options from the driver's configuration (extraJavaOptions) are never
	// shown by a driver's container: that they are absent here does not mean that they are not set.
	Visible bool
	// Why is a reason word where Visible is false: env-from, value-from, unbalanced-quotes.
	Why string
}

// Has says whether an option with the key is among the tokens.
func (o Options) Has(key string) bool { return HasOption(o.Tokens, key) }

// Reasons why options are hidden.
const (
	WhyEnvFrom    = "env-from"
	WhyValueFrom  = "value-from"
	WhyUnbalanced = "unbalanced-quotes"
)

// JVMOptions gathers the options of a role over its channels, in the order in which they take effect: JAVA_TOOL_OPTIONS,
// JDK_JAVA_OPTIONS, then the role's own, then _JAVA_OPTIONS.
func JVMOptions(c *corev1.Container, role Role) Options {
	o := Options{Visible: true}
	if len(c.EnvFrom) > 0 {
		o.hide(WhyEnvFrom)
	}
	o.add(c, "JAVA_TOOL_OPTIONS")
	o.add(c, "JDK_JAVA_OPTIONS")
	switch role {
	case Driver:
		o.add(c, "SPARK_SUBMIT_OPTS")
	case Connect, Thrift:
		o.add(c, "SPARK_DAEMON_JAVA_OPTS")
		o.add(c, "SPARK_SUBMIT_OPTS")
	case Executor:
		tokens, complete := ExecutorOptions(c)
		o.Tokens = append(o.Tokens, tokens...)
		if !complete {
			o.hide(WhyValueFrom)
		}
	case Master:
		o.add(c, "SPARK_DAEMON_JAVA_OPTS")
		o.add(c, "SPARK_MASTER_OPTS")
	case Worker:
		o.add(c, "SPARK_DAEMON_JAVA_OPTS")
		o.add(c, "SPARK_WORKER_OPTS")
	case History:
		o.add(c, "SPARK_DAEMON_JAVA_OPTS")
		o.add(c, "SPARK_HISTORY_OPTS")
	}
	o.add(c, "_JAVA_OPTIONS")
	return o
}

func (o *Options) hide(why string) {
	o.Visible = false
	if o.Why == "" {
		o.Why = why
	}
}

func (o *Options) add(c *corev1.Container, name string) {
	value, literal, present := EnvValue(c, name)
	switch {
	case !present:
		return
	case !literal:
		o.hide(WhyValueFrom)
		return
	}
	tokens, err := SplitOptions(value)
	if err != nil {
		o.hide(WhyUnbalanced)
		return
	}
	o.Tokens = append(o.Tokens, tokens...)
}

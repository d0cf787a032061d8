package reading

import (
	"fmt"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Listed names at most four of a list.
func Listed(names []string) string {
	const most = 4
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}

// Count lists up to four flags, with the verb that goes with their number.
func Count(flags []string, one, many string) string {
	if len(flags) == 1 {
		return flags[0] + " " + one
	}
	return ListedFlags(flags) + " " + many
}

// ListedFlags lists up to four flags.
func ListedFlags(flags []string) string {
	switch n := len(flags); {
	case n == 1:
		return flags[0]
	case n > 4:
		return fmt.Sprintf("%s and %d more", strings.Join(flags[:4], ", "), n-4)
	default:
		return strings.Join(flags[:n-1], ", ") + " and " + flags[n-1]
	}
}

// IsOrAre is the verb that goes with a number.
func IsOrAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// ItOrThem is the pronoun that goes with a number.
func ItOrThem(n int) string {
	if n == 1 {
		return "it"
	}
	return "them"
}

// RoleName is the name of a role as Spark's documentation writes it.
func RoleName(role spark.Role) string {
	switch role {
	case spark.History:
		return "History Server"
	case spark.Connect:
		return "Connect server"
	case spark.Thrift:
		return "Thrift server"
	}
	return string(role)
}

// InNamespace ends a sentence about objects of a namespace; nothing where none is named.
func InNamespace(namespace string) string {
	if namespace == "" {
		return ""
	}
	return " in namespace " + namespace
}

package undo

import (
	"slices"
	"strings"
)

// Main stands for the main container at the beginning of a place, and before the name of another container.
const Main = "@"

// Expand is an entry with the place of the container for its alias. container is the name of the main one.
func Expand(tree map[string]any, entry, container string) string {
	place, rest, said := strings.Cut(entry, " ")
	alias, ok := strings.CutPrefix(place, Main)
	if !ok {
		return entry
	}
	name, field, _ := strings.Cut(alias, "/")
	if name == "" {
		name = string(AppendSegment(nil, container))
	}
	place = "spec/" + listOf(tree, name) + "/" + name + "/" + field
	if said {
		place += " " + rest
	}
	return place
}

// listOf is the list of the pod that holds the container of that name, escaped as in a pointer.
func listOf(tree map[string]any, name string) string {
	at, err := Parse(name)
	if err != nil {
		return "containers"
	}
	spec, _ := tree["spec"].(map[string]any)
	if !isNamed(spec["containers"], at[0]) && isNamed(spec["initContainers"], at[0]) {
		return "initContainers"
	}
	return "containers"
}

func isNamed(list any, name string) bool {
	all, _ := list.([]any)
	return slices.ContainsFunc(all, func(one any) bool {
		element, _ := one.(map[string]any)
		return element["name"] == name
	})
}

// Around is the place of what an edit created around its own, with a slash behind it; "" where there was nothing to create.
func Around(entry string) string {
	place, _, _ := strings.Cut("/"+entry, " ")
	before, made, ok := strings.Cut(place, "/+")
	if made, _, more := strings.Cut(strings.TrimLeft(made, "+"), "/"); ok && more {
		return strings.TrimPrefix(before+"/"+made+"/", "/")
	}
	return ""
}

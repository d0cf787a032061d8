// Package installation is the webhook in a cluster: what of it is there, applying and removing it, and proving that it works.
// install, uninstall, status and explain pod print what it finds. Start reading at [Read] and [Run.Apply].
package installation

import (
	"fmt"
	"strings"
)

const maxNames = 5 // names that are listed

// FirstNames lists a few names, and says how many more there are.
func FirstNames(names []string) string {
	if len(names) <= maxNames {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:maxNames], ", "), len(names)-maxNames)
}

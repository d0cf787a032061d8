// Package installation is the webhook in a cluster: what of it is there, applying and removing it, and proving that it works.
// install, uninstall, status and explain pod print what it finds. Start reading at [Read] and [Run.Apply].
package installation

// Package image holds the rules on what a container image is and how it is named, and on the Dockerfiles that make images. One file a
// rule; All lists them. A rule on Dockerfiles has a check of type build, and makes changes of lines for fix.
package image

import "github.com/kubectl-spark/kubectl-spark/rule"

// All lists the rules of the area.
func All() []*rule.Rule {
	return []*rule.Rule{
		movingTag(),
		versionsDiffer(),
		otherArchitecture(),
		runsAsRoot(),
		entrypoint(),
		decommissioning(),
		javaVersion(),
		buildTools(),
		unneededFolders(),
		pysparkTwice(),
		jarConflict(),
		twoSDKs(),
		packagesAtStart(),
		ownerChangedLater(),
		cachesLeft(),
		wastedLayers(),
		slowPull(),
		secretsInImage(),
		layerOrder(),
		cannotBePulled(),
		factsDiffer(),
		buildkitChecks(),
		namelessUser(),
	}
}

package spark

import (
	"slices"
	"strings"
)

// VolumeFault is something wrong with the settings of a volume of Spark's pods.
type VolumeFault struct {
	Key   string // the setting, or one that the volume lacks
	Meant string // the setting that was meant; "" where that is not clear
	// Ends says that Spark refuses the settings, so that no driver starts; else the setting is ignored.
	Ends   bool
	Reason string // what is wrong, to follow the key
	Remedy string // what to do by hand; "" where Meant or the key says it
}

// volumeOptions are the options that each type of volume has, the required ones with a sign in front
// (KubernetesVolumeUtils.scala).
var volumeOptions = map[string][]string{
	"hostPath":              {"!path", "type"},
	"emptyDir":              {"medium", "sizeLimit"},
	"nfs":                   {"!path", "!server"},
	"persistentVolumeClaim": {"!claimName", "storageClass", "sizeLimit"},
}

var volumeMounts = []string{"mount.path", "mount.readOnly", "mount.subPath", "mount.subPathExpr"}

// fromFour are the endings that are read from Spark 4.0 on (Constants and Config of 3.5.9 lack them).
func fromFour(ending string) bool {
	return ending == "mount.subPathExpr" || ending == "options.type" || strings.HasPrefix(ending, "label.") || strings.HasPrefix(ending, "annotation.")
}

// VolumeFaults finds what is wrong with the settings spark.kubernetes.ROLE.volumes.TYPE.NAME.ENDING, in the order of keys.
func VolumeFaults(conf Conf, role Role, version Version) (faults []VolumeFault) {
	prefix := "spark.kubernetes." + string(role) + ".volumes."
	whole := map[string]bool{} // volumes of which something required was looked for
	for _, key := range conf.Keys() {
		rest, ours := strings.CutPrefix(key, prefix)
		if !ours {
			continue
		}
		if fault, wrong := volumeFault(conf, prefix, rest, version); wrong {
			faults = append(faults, fault)
			continue
		}
		parts := strings.SplitN(rest, ".", 3)
		volume := prefix + parts[0] + "." + parts[1] + "."
		if whole[volume] {
			continue
		}
		whole[volume] = true
		faults = append(faults, volumeLacks(conf, volume, parts[0])...)
	}
	return faults
}

// volumeFault judges one setting by its key and value.
func volumeFault(conf Conf, prefix, rest string, version Version) (VolumeFault, bool) {
	key := prefix + rest
	bare := strings.Join(strings.Fields(rest), "")
	parts := strings.SplitN(rest, ".", 3)
	if len(parts) < 3 {
		return VolumeFault{Key: key, Ends: len(parts) == 2 && !given(conf, key+".mount.path"), Reason: "does not have the form TYPE.NAME.mount.path or TYPE.NAME.options.OPTION",
			Remedy: "write " + prefix + "TYPE.NAME.mount.path"}, true
	}
	kind, ending := parts[0], parts[2]
	options, known := volumeOptions[kind]
	meant := ""
	if !known {
		for name := range volumeOptions {
			if strings.EqualFold(name, strings.TrimSpace(kind)) {
				meant = prefix + name + strings.TrimPrefix(bare, strings.TrimSpace(kind))
			}
		}
		return VolumeFault{Key: key, Meant: meant, Ends: true, Reason: `has the unknown volume type "` + kind + `"`,
			Remedy: "write emptyDir, hostPath, nfs or persistentVolumeClaim after " + prefix}, true
	}
	if bare != rest {
		return VolumeFault{Key: key, Meant: prefix + bare, Ends: strings.ContainsAny(parts[1], " \t"), Reason: "contains a blank"}, true
	}
	if !slices.Contains(endings(options), ending) && !strings.HasPrefix(ending, "label.") && !strings.HasPrefix(ending, "annotation.") {
		for _, one := range endings(options) {
			if strings.EqualFold(one, ending) || strings.EqualFold(one, "options."+ending) || strings.EqualFold(one, "mount."+ending) {
				meant = prefix + kind + "." + parts[1] + "." + one
			}
		}
		return VolumeFault{Key: key, Meant: meant, Reason: "is not a setting of " + kind + " volumes"}, true
	}
	if fromFour(ending) && version.Known() && !version.AtLeast(4, 0) {
		return VolumeFault{Key: key, Reason: "needs Spark 4.0"}, true
	}
	value := conf[key].Value
	switch {
	case ending == "mount.readOnly" && !strings.EqualFold(value, "true") && !strings.EqualFold(value, "false"):
		return VolumeFault{Key: key, Ends: true, Reason: `is "` + value + `", not true or false`, Remedy: "set " + key + " to true or false"}, true
	case ending == "mount.subPathExpr":
		if other := prefix + kind + "." + parts[1] + ".mount.subPath"; given(conf, other) {
			return VolumeFault{Key: key, Ends: true, Reason: "and mount.subPath exclude each other", Remedy: "remove " + key + " or " + other}, true
		}
	}
	return VolumeFault{}, false
}

// volumeLacks are the settings that a volume must have.
func volumeLacks(conf Conf, volume, kind string) (faults []VolumeFault) {
	need := []string{"mount.path"}
	for _, option := range volumeOptions[kind] {
		if name, required := strings.CutPrefix(option, "!"); required {
			need = append(need, "options."+name)
		}
	}
	for _, ending := range need {
		if !given(conf, volume+ending) && !hasSlip(conf, volume+ending) {
			faults = append(faults, VolumeFault{Key: volume + ending, Ends: true, Reason: "is unset, but " + kind + " volumes need it"})
		}
	}
	return faults
}

// endings are what may follow a volume's name.
func endings(options []string) []string {
	all := slices.Clone(volumeMounts)
	for _, option := range options {
		all = append(all, "options."+strings.TrimPrefix(option, "!"))
	}
	return all
}

// given says whether a key is set.
func given(conf Conf, key string) bool {
	_, set := conf[key]
	return set
}

// hasSlip says whether the key stands there but for blanks and case: it is told of that key.
func hasSlip(conf Conf, key string) bool {
	for other := range conf {
		if other != key && strings.EqualFold(strings.Join(strings.Fields(other), ""), key) {
			return true
		}
	}
	return false
}

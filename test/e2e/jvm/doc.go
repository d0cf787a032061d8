// Package jvm looks at the Java processes of the pods of this machine, and asks each what it runs with.
package jvm

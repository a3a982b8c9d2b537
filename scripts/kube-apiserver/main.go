// Package main pins kube-apiserver for the tests that need a real one; scripts/dev-tools builds it.
package main

import _ "k8s.io/kubernetes/cmd/kube-apiserver/app"

func main() {}

// Package dockertest tests the container image and the compose file: it builds
// the image, runs a bootnode and clients in containers of their own network,
// and lets them talk. It tests nothing that needs no container.
//
// It runs with GOCHAT_DOCKER=1 (make docker) and skips, loudly, where no
// Docker engine answers. Where no registry is reachable either, the base image
// comes from docker/stand-in-base.sh; GO_IMAGE names another one.
package dockertest

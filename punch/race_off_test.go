//go:build !race

package punch

const raceDetector = false

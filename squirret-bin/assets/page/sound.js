// Short tones for a countdown and the end of a rest: heard where a screen is too far to read.

/** @type {AudioContext | null} */
let audio = null;

/** Browsers let a page sound only after a tap: called in one. */
export function unlockSound() {
  if (!("AudioContext" in window)) return;
  audio ??= new AudioContext();
  audio.resume().catch(() => {});
}

/** @param {number} pitch in Hz @param {number} seconds @param {number} volume from 0 to 1 */
export function tone(pitch, seconds, volume) {
  if (!audio || audio.state !== "running" || volume <= 0) return;
  const [source, gain, now] = [audio.createOscillator(), audio.createGain(), audio.currentTime];
  source.frequency.value = pitch;
  gain.gain.setValueAtTime(0.25 * volume, now);
  gain.gain.exponentialRampToValueAtTime(0.001, now + seconds);
  source.connect(gain).connect(audio.destination);
  source.start(now);
  source.stop(now + seconds);
}

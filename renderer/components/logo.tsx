/** The mark of icon.svg, inline: no request, and sharp at any zoom. */
export function Logo() {
  return (
    <svg
      width="24"
      height="24"
      viewBox="0 0 32 32"
      fill="none"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden
    >
      <rect width="32" height="32" rx="8" fill="#2c50c4" />
      <path d="M7 10h5l8 12h5M7 22h5l2-3M18 13l2-3h5" stroke="#fff" strokeWidth="2.5" />
    </svg>
  )
}

/** The names of the wire between window and main process, and where the console lives. Known to both sides. */

/** `invoke(method, args)`: a method of ControlApi; answered by a ControlReply. */
export const controlChannel = 'console:call'

/** `invoke(method, args)`: a method of DesktopApi; answered by a ControlReply. */
export const desktopChannel = 'desktop:call'

/** Pushed to the window: an EngineEvent. */
export const eventChannel = 'console:event'

export const consoleScheme = 'app'

export const consoleOrigin = 'app://console'

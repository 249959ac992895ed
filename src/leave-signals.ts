/** The signals at which a program with a terminal leaves, and gives it back as it was. */
export const leaveSignals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

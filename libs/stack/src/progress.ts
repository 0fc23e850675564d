/** Takes one line of text whenever something starts that may take seconds: a download, a build. */
export type OnProgress = (line: string) => void;

export declare const RESTORE_SEQUENCE: string;
export declare const ENTER_SEQUENCE: string;
export declare const MOUSE_SEQUENCE: string;
export declare const MOUSE_OFF_SEQUENCE: string;
export declare const FOCUS_SEQUENCE: string;

/** A number of seconds, minutes, hours, days or months, as clocks and calendars write it. */
export const twoDigits = (value: number): string => String(value).padStart(2, '0');

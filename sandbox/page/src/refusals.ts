import { currentLanguage, t } from './i18n.ts';

/** What the control API refuses, as a person reads it: the API's own words, French, English. */
const SENTENCES: [RegExp, string, string][] = [
  [
    /^that member cannot connect there$/,
    'Ce membre ne peut pas entrer dans ce salon vocal : il est complet, ou la permission manque.',
    'This member cannot enter that voice channel: it is full, or the permission is missing.',
  ],
  [
    /^that member cannot write there$/,
    'Ce membre n’a pas la permission d’écrire ici.',
    'This member may not write here.',
  ],
  [
    /^slowmode: (\d+) s left$/,
    'Mode lent : ce membre peut écrire de nouveau dans $1 s.',
    'Slow mode: this member may write again in $1 s.',
  ],
  [
    /^that member cannot delete this message$/,
    'Ce membre ne peut pas supprimer ce message.',
    'This member cannot delete this message.',
  ],
  [
    /^that member (may not use commands here|lacks the permissions of this command)$/,
    'Ce membre n’a pas le droit d’utiliser cette commande ici.',
    'This member may not use this command here.',
  ],
  [
    /^that command is not offered here$|^unknown command$/,
    'Cette commande n’existe pas ici.',
    'There is no such command here.',
  ],
  [
    /^that command is only offered in age-restricted channels$/,
    'Cette commande est réservée aux salons soumis à une limite d’âge.',
    'This command is for age-restricted channels.',
  ],
  [/^that component is disabled$/, 'Ce composant est désactivé.', 'This component is disabled.'],
  [
    /^unknown (component|message)$/,
    'Ce message a changé ou a été supprimé.',
    'This message has changed or is gone.',
  ],
  [
    /^(unknown modal|that modal was submitted before)$/,
    'Ce formulaire a expiré ou a déjà été envoyé.',
    'This form has expired or was submitted before.',
  ],
  [
    /^values: \S+ is required$/,
    'Remplissez tous les champs obligatoires.',
    'Fill in all fields that are required.',
  ],
  [/^values: \S+ is too short$/, 'Un des textes est trop court.', 'One of the texts is too short.'],
  [/^values: \S+ is too long$/, 'Un des textes est trop long.', 'One of the texts is too long.'],
  [
    /^this guild is unavailable$/,
    'Ce serveur est indisponible en ce moment.',
    'This server is unavailable at the moment.',
  ],
  [
    /^that member does not see this channel$|^unknown channel$/,
    'Ce membre ne voit pas (ou plus) ce salon.',
    'This member does not see this channel (any more).',
  ],
  [
    /^no member of this guild$|^unknown member$/,
    'Cette personne n’est pas membre de ce serveur.',
    'This person is not a member of this server.',
  ],
  [/^the bot is not in this guild$/, 'Le bot n’est pas sur ce serveur.', 'The bot is not on this server.'],
];

/** The refusal in the page's language; one that is not known is shown as it came. */
export function refusal(reason: string): string {
  for (const [pattern, fr, en] of SENTENCES) {
    if (pattern.test(reason)) return reason.replace(pattern, currentLanguage() === 'fr' ? fr : en);
  }
  return t('refused', reason);
}

const fr = {
  loading: 'Chargement…',
  gone: 'Le bac à sable ne répond plus. Nouvelle tentative de connexion…',
  guilds: 'Serveurs',
  channels: 'Salons',
  openChannels: 'Afficher les salons',
  closeChannels: 'Fermer les salons',
  unavailable: 'Ce serveur est indisponible (panne simulée).',
  emptyChannel: 'Bienvenue dans {0} !',
  emptyChannelHint: 'C’est le début de ce salon. Écrivez le premier message.',
  emptyForum: 'Aucun sujet dans ce forum.',
  noChannel: 'Aucun salon visible pour ce membre.',
  messagesOf: 'Messages de {0}',
  olderMessages: 'Afficher les messages précédents',
  jumpToLatest: 'Aller aux derniers messages',
  writeIn: 'Envoyer un message dans {0}',
  mayNotWrite: 'Ce membre n’a pas la permission d’écrire dans ce salon.',
  send: 'Envoyer',
  actAs: 'Agir en tant que {0}',
  chooseMember: 'Choisir un membre',
  search: 'Rechercher',
  nothingFound: 'Aucun résultat',
  moreResults: 'et {0} de plus : précisez la recherche',
  joinVoice: 'Rejoindre le salon vocal {0}',
  closedVoice: 'Ce membre ne peut pas entrer dans {0}',
  closedChat: 'La discussion d’un salon vocal n’est ouverte qu’à ceux qui peuvent y entrer.',
  leaveVoice: 'Quitter le salon vocal',
  voiceConnected: 'Connecté au vocal',
  openVoiceChat: 'Ouvrir la discussion de {0}',
  muted: 'micro coupé',
  deafened: 'son coupé',
  onlyYou: 'Visible par vous seul',
  dismiss: 'Masquer le message',
  edited: '(modifié)',
  thinking: '{0} réfléchit…',
  used: '{0} a utilisé {1}',
  clicked: '{0} a utilisé un composant',
  app: 'APP',
  deleteMessage: 'Supprimer le message',
  originalDeleted: 'Message d’origine supprimé',
  joined: '{0} vient d’arriver.',
  commands: 'Commandes',
  noCommands: 'Aucune commande enregistrée pour ce serveur.',
  noSuchCommand: 'Aucune commande ne correspond.',
  required: 'obligatoire',
  optional: 'facultatif',
  addOption: 'Ajouter {0}',
  run: 'Exécuter',
  cancel: 'Annuler',
  submit: 'Envoyer',
  close: 'Fermer',
  yes: 'Oui',
  no: 'Non',
  selectPlaceholder: 'Faire un choix',
  validate: 'Valider ({0})',
  noAnswer: 'L’application n’a pas répondu à temps.',
  noFiles: 'Le bac à sable ne reçoit pas encore de fichiers envoyés par les membres.',
  botOnline: '{0} est en ligne',
  botOffline: '{0} est hors ligne',
  language: 'Langue : français. Passer à l’anglais',
  today: 'Aujourd’hui',
  yesterday: 'Hier',
  announcements: 'Annonces',
  spoiler: 'Contenu masqué, afficher',
  attachment: 'Pièce jointe',
  missingOption: 'L’option {0} est obligatoire.',
  number: 'Un nombre est attendu.',
  refused: 'Le bac à sable refuse : {0}',
  reactions: 'Réactions',
} as const;

type Key = keyof typeof fr;

const en: Record<Key, string> = {
  loading: 'Loading…',
  gone: 'The sandbox does not answer any more. Trying to reconnect…',
  guilds: 'Servers',
  channels: 'Channels',
  openChannels: 'Show channels',
  closeChannels: 'Close channels',
  unavailable: 'This server is unavailable (a played outage).',
  emptyChannel: 'Welcome to {0}!',
  emptyChannelHint: 'This is the start of this channel. Write the first message.',
  emptyForum: 'No posts in this forum.',
  noChannel: 'This member sees no channel.',
  messagesOf: 'Messages in {0}',
  olderMessages: 'Show earlier messages',
  jumpToLatest: 'Jump to the latest messages',
  writeIn: 'Message {0}',
  mayNotWrite: 'This member may not write in this channel.',
  send: 'Send',
  actAs: 'Acting as {0}',
  chooseMember: 'Choose a member',
  search: 'Search',
  nothingFound: 'Nothing found',
  moreResults: 'and {0} more: narrow the search',
  joinVoice: 'Join voice channel {0}',
  closedVoice: 'This member cannot enter {0}',
  closedChat: 'The chat of a voice channel is open to those who may enter it.',
  leaveVoice: 'Leave the voice channel',
  voiceConnected: 'Voice connected',
  openVoiceChat: 'Open the chat of {0}',
  muted: 'muted',
  deafened: 'deafened',
  onlyYou: 'Only you can see this',
  dismiss: 'Dismiss message',
  edited: '(edited)',
  thinking: '{0} is thinking…',
  used: '{0} used {1}',
  clicked: '{0} used a component',
  app: 'APP',
  deleteMessage: 'Delete message',
  originalDeleted: 'Original message was deleted',
  joined: '{0} just joined.',
  commands: 'Commands',
  noCommands: 'No commands are registered for this server.',
  noSuchCommand: 'No command matches.',
  required: 'required',
  optional: 'optional',
  addOption: 'Add {0}',
  run: 'Run',
  cancel: 'Cancel',
  submit: 'Submit',
  close: 'Close',
  yes: 'Yes',
  no: 'No',
  selectPlaceholder: 'Make a selection',
  validate: 'Confirm ({0})',
  noAnswer: 'The application did not respond in time.',
  noFiles: 'The sandbox does not take files from members yet.',
  botOnline: '{0} is online',
  botOffline: '{0} is offline',
  language: 'Language: English. Switch to French',
  today: 'Today',
  yesterday: 'Yesterday',
  announcements: 'Announcements',
  spoiler: 'Hidden content, reveal',
  attachment: 'Attachment',
  missingOption: 'Option {0} is required.',
  number: 'A number is expected.',
  refused: 'The sandbox refuses: {0}',
  reactions: 'Reactions',
};

export type Language = 'fr' | 'en';

const STORAGE_KEY = 'sandbox.language';

let language: Language = initialLanguage();
document.documentElement.lang = language;

function initialLanguage(): Language {
  const saved = localStorage.getItem(STORAGE_KEY);
  if (saved === 'fr' || saved === 'en') return saved;
  return navigator.language.toLowerCase().startsWith('fr') ? 'fr' : 'en';
}

export function currentLanguage(): Language {
  return language;
}

/** The locale Discord would send with this person's interactions. */
export function discordLocale(): 'fr' | 'en-US' {
  return language === 'fr' ? 'fr' : 'en-US';
}

export function setLanguage(next: Language): void {
  language = next;
  localStorage.setItem(STORAGE_KEY, next);
  document.documentElement.lang = next;
}

/** The sentence for `key` in the page's language, `{0}`, `{1}`… replaced by `values`. */
export function t(key: Key, ...values: (string | number)[]): string {
  const sentence: string = (language === 'fr' ? fr : en)[key];
  return sentence.replace(/\{(\d)\}/g, (_, index: string) => String(values[Number(index)] ?? ''));
}

const format = (options: Intl.DateTimeFormatOptions) => {
  const made = new Map<Language, Intl.DateTimeFormat>();
  return (date: Date): string => {
    let formatter = made.get(language);
    if (!formatter) {
      formatter = new Intl.DateTimeFormat(language === 'fr' ? 'fr-FR' : 'en-GB', options);
      made.set(language, formatter);
    }
    return formatter.format(date);
  };
};

export const clock = format({ hour: '2-digit', minute: '2-digit' });
export const shortDate = format({ day: '2-digit', month: '2-digit', year: 'numeric' });
export const longDate = format({ day: 'numeric', month: 'long', year: 'numeric' });
export const fullDate = format({ dateStyle: 'full', timeStyle: 'short' });
export const dateAndTime = format({ dateStyle: 'long', timeStyle: 'short' });
export const clockSeconds = format({ hour: '2-digit', minute: '2-digit', second: '2-digit' });

/** "2 hours ago", "dans 3 jours": for `<t:…:R>`. */
export function relative(date: Date): string {
  const seconds = (date.getTime() - Date.now()) / 1000;
  const steps: [number, Intl.RelativeTimeFormatUnit][] = [
    [60, 'second'],
    [60, 'minute'],
    [24, 'hour'],
    [30, 'day'],
    [12, 'month'],
    [Infinity, 'year'],
  ];
  let value = seconds;
  for (const [size, unit] of steps) {
    if (Math.abs(value) < size) {
      return new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(Math.round(value), unit);
    }
    value /= size;
  }
  return '';
}

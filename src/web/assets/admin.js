// Everything works without this; it only makes times local and keeps a form from being sent twice.
const { lang } = document.documentElement
const region = navigator.languages.find((language) => language.startsWith(lang)) ?? lang
const moment = new Intl.DateTimeFormat(region, {
  dateStyle: 'medium',
  timeStyle: 'medium',
})

for (const element of document.querySelectorAll('time[datetime]')) {
  const words = moment.format(new Date(element.dateTime))
  if ('local' in element.dataset) element.textContent = words
  else element.title = words
}

document.querySelector('nav [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' })

for (const form of document.querySelectorAll('form[method="post"]')) {
  form.addEventListener('submit', (event) => {
    if (form.dataset.sent) event.preventDefault()
    form.dataset.sent = 'true'
  })
}

// What is there to be copied is selected as a whole.
for (const input of document.querySelectorAll('[data-select]')) {
  input.addEventListener('focus', () => input.select())
}

// A page that comes back from the browser's history may be sent again.
addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('form[data-sent]')) delete form.dataset.sent
})

// Saves notes as they are typed. Nothing is kept on the device: what is not saved yet stays in the page, is sent again
// until the service answers, and leaving the page asks first. Without this script the button saves.
const QUIET = 1500
const MOST_WAIT = 30000

function start (form) {
  const text = form.querySelector('textarea[name=text]')
  const revision = form.querySelector('input[name=revision]')
  const token = form.querySelector('input[name=csrf_token]')
  const state = form.querySelector('[data-app-notes-state]')
  const theirs = form.querySelector('[data-app-notes-theirs]')
  let saved = text.value
  let timer = null
  let sending = false
  let stopped = false
  let wait = QUIET

  const say = words => { state.textContent = words }
  const later = delay => {
    clearTimeout(timer)
    timer = setTimeout(save, delay)
  }

  async function save () {
    if (sending || stopped || text.value === saved) return
    sending = true
    const typed = text.value
    const body = new URLSearchParams({ text: typed, revision: revision.value, csrf_token: token.value })
    try {
      const answer = await fetch(form.action, { method: 'POST', body, headers: { 'X-Saved-As-Typed': 'yes' }, redirect: 'error' })
      if (answer.status === 401 || answer.status === 400) {
        stopped = true
        say('You are signed out. Press the button: you are asked to sign in, and what you typed is kept.')
      } else {
        take(await answer.json(), typed)
      }
    } catch {
      wait = Math.min(wait * 2, MOST_WAIT)
      say('Not saved yet: the service cannot be reached. It is tried again. Do not close this page.')
    }
    sending = false
    if (!stopped && text.value !== saved) later(wait)
  }

  function take (answer, typed) {
    if (answer.state === 'saved') {
      saved = typed
      revision.value = answer.revision
      wait = QUIET
      say(`Saved at ${answer.at}`)
    } else if (answer.state === 'conflict') {
      stopped = true
      form.querySelector('[data-app-notes-by]').textContent = answer.by
      form.querySelector('[data-app-notes-text]').textContent = answer.theirs
      theirs.hidden = false
      say('Somebody else saved these notes meanwhile. Yours are still in the box. Press the button to see both, and put them together.')
    } else {
      stopped = true
      say(`Not saved: ${answer.why || 'press the button to see why'}`)
    }
  }

  text.addEventListener('input', () => {
    if (!stopped) say('Typing …')
    later(QUIET)
  })
  addEventListener('online', () => later(0))
  let leaving = false
  form.addEventListener('submit', () => { leaving = true })
  addEventListener('beforeunload', event => {
    if (!leaving && text.value !== saved) event.preventDefault()
  })
}

document.querySelectorAll('form[data-app-notes]').forEach(start)

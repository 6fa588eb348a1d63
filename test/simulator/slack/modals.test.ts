import type { ModalView } from '@slack/types'
import { expect, test } from 'vitest'
import { refusal, socketApp, startSlack } from './bolt-app.ts'

const form: ModalView = {
  type: 'modal',
  callback_id: 'run',
  title: { type: 'plain_text', text: 'Run code' },
  submit: { type: 'plain_text', text: 'Run' },
  notify_on_close: true,
  blocks: [
    {
      type: 'input',
      block_id: 'code',
      label: { type: 'plain_text', text: 'Code' },
      element: { type: 'plain_text_input', action_id: 'source', multiline: true },
    },
    {
      type: 'input',
      block_id: 'language',
      optional: true,
      label: { type: 'plain_text', text: 'Language' },
      element: {
        type: 'static_select',
        action_id: 'name',
        initial_option: { text: { type: 'plain_text', text: 'JavaScript' }, value: 'js' },
        options: [{ text: { type: 'plain_text', text: 'JavaScript' }, value: 'js' }],
      },
    },
  ],
}

test('a command opens a modal, a wrong submission shows its errors, a right one closes it', async () => {
  const slack = await startSlack()
  const maria = slack.addPerson({ name: 'maria' })
  const general = slack.addChannel({ name: 'general', members: [maria] })
  const { app, connect } = socketApp(slack)
  const submitted: unknown[] = []
  app.command('/run', async ({ ack, client, command }) => {
    await ack()
    await client.views.open({
      trigger_id: command.trigger_id,
      view: { ...form, private_metadata: command.channel_id },
    })
  })
  app.view('run', async ({ ack, view, client }) => {
    const source = view.state.values.code?.source?.value
    if (source === 'bad') return ack({ response_action: 'errors', errors: { code: 'does not parse' } })
    await ack()
    submitted.push(source, view.state.values.language?.name?.selected_option?.value)
    await client.chat.postMessage({ channel: view.private_metadata, text: 'running' })
  })
  await connect()

  await slack.slashCommand(general, maria, { command: '/run', text: '' })
  const modal = await slack.until(() => slack.views[0])
  await expect(slack.submitModal(modal.id, {})).rejects.toThrow('source is required')
  await slack.submitModal(modal.id, { source: 'bad' })
  expect(slack.views[0]?.errors).toEqual({ code: 'does not parse' })
  await slack.submitModal(modal.id, { code: { source: 'let a = 1\na' } })

  expect(slack.views).toEqual([])
  await slack.messageWhere(general, ({ text }) => text === 'running')
  expect(submitted).toEqual(['let a = 1\na', 'js'])
})

test('a message shortcut carries the message; closing the modal is told', async () => {
  const slack = await startSlack()
  const maria = slack.addPerson({ name: 'maria' })
  const general = slack.addChannel({ name: 'general', members: [maria] })
  const { app, connect } = socketApp(slack)
  const told: unknown[] = []
  app.shortcut('run_code', async ({ ack, shortcut, client }) => {
    await ack()
    if (shortcut.type !== 'message_action') return
    told.push(shortcut.message.text)
    await client.views.open({ trigger_id: shortcut.trigger_id, view: form })
  })
  app.view({ type: 'view_closed', callback_id: 'run' }, async ({ ack, body }) => {
    await ack()
    told.push(body.type)
  })
  await connect()

  const message = slack.say(general, maria, { text: 'a > b' })
  await slack.messageShortcut(message, maria, 'run_code')
  const modal = await slack.until(() => slack.views[0])
  expect(await slack.closeModal(modal.id)).toEqual({ acked: true })

  expect(told).toEqual(['a &gt; b', 'view_closed'])
  expect(slack.views).toEqual([])
})

test('a trigger works once and for three seconds', async () => {
  let time = 1_700_000_000_000
  const slack = await startSlack({ now: () => time })
  const maria = slack.addPerson({ name: 'maria' })
  const direct = slack.direct(maria)
  const { app, connect } = socketApp(slack)
  const triggers: string[] = []
  app.command('/run', async ({ ack, command }) => {
    triggers.push(command.trigger_id)
    await ack()
  })
  await connect()
  const command = { command: '/run', text: '' }
  await slack.slashCommand(direct, maria, command)
  await slack.slashCommand(direct, maria, command)
  const [first = '', second = ''] = triggers

  await app.client.views.open({ trigger_id: first, view: form })
  expect(await refusal(app.client.views.open({ trigger_id: first, view: form }))).toBe('exchanged_trigger_id')
  time += 3001
  expect(await refusal(app.client.views.open({ trigger_id: second, view: form }))).toBe('expired_trigger_id')
  expect(await refusal(app.client.views.open({ trigger_id: 'made up', view: form }))).toBe(
    'invalid_trigger_id',
  )
})

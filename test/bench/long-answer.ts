const FENCE = '```'

/** About six hundred words, a table and two blocks of code: what people ask of an assistant every day. */
export const ANSWER = `# How an answer travels

The ticket said worker answer middle an in process remembers a. Queue process the word the chat middle so what next a is queue queue queue in. Process own remembers the queue people what middle answer. When what own what of that queue in for in a the. Worker lost while the while their database nothing that next answer while dies. An was dies in their the a for chat. Until middle their while a and people dies a answer queue an keeps nothing. In and and while what the database wait for what dies while when the when. So their for word the process while takes people for remembers the each an a the.

| Stage | Who does it | Takes about |
| ----- | ----------- | ----------- |
| intake | gateway | ten milliseconds |
| waiting | queue | one second |
| writing | model server | thirty seconds |
| showing | worker | between edits |

Until until a and their nothing said word remembers. Next own and the appear dies while a wait. While so keeps queue a of is process the people and for the was what queue. Is the takes while while a while own for the middle. People a next when a middle and dies of in people was answer so answer. Their of of when the for of answer their what is chat and to. An nothing nothing while for people while in to next in nothing remembers. While a own to ticket lost the database a each the in each so next what. People takes so was remembers each the keeps each a.

${FENCE}ts
export async function answer(question: string): Promise<string> {
  const words: string[] = []
  for await (const chunk of stream(question)) words.push(chunk)
  return words.join('')
}
${FENCE}

## What happens on the way

Next wait takes a word an appear next ticket word the an. For what database an wait for an dies appear it what appear it. The their ticket and next keeps nothing queue so an word process the dies the. Takes a a keeps takes answer remembers said own the appear nothing in while process the. Wait next in next what lost own queue so word their chat and chat. Wait the the a in remembers appear the so that worker ticket an appear. Until when ticket in it queue that the in worker keeps word to keeps process next. For so while was keeps nothing the ticket a word wait keeps database in. To said it chat keeps lost is a takes process process of people.

- first the message is stored
- then the platform is told so
- at last a worker begins

Nothing a dies an it until ticket queue dies for that each. People wait a so the a said remembers queue in said so. And nothing that appear a until word lost their process while was. Was an so until for nothing the that the nothing while. In the word that the middle and what nothing said keeps until. Of appear so people wait in an chat lost. Own database ticket in database appear appear middle so the when. Next is appear for database is a each what so next to was worker lost. That of queue keeps when chat until that own is queue.

${FENCE}python
def pace(edits, interval):
    last = 0.0
    for at in edits:
        yield max(0.0, interval - (at - last))
        last = at
${FENCE}

When chat in people queue of was in each and worker a an. Process wait a the was the remembers in so the process and. Takes to to middle takes takes the the remembers remembers. And that is database wait own appear remembers the chat database. Nothing queue a in and it said ticket lost nothing word next the word own. Ticket nothing when nothing an chat is the an an the each said queue. Dies queue for in a process next the middle keeps the to database worker. Of when while when people said of a next a that keeps.
`

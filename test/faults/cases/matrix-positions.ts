import type { FaultCase } from '../case.ts'
import { pause } from '../crowd.ts'
import { inScene, type Scene } from '../with-stage.ts'

/** More than one answer of a sync holds of a room. */
const MISSED = 60

/** What becomes of the place in Matrix's stream. */
export const matrixPositions: readonly FaultCase[] = [
  {
    numbers: [8],
    name: 'Matrix: the position turned back, a gap while it was away, the position lost',
    run: (settings) =>
      inScene(
        settings,
        { platforms: ['matrix'], crowd: { corners: 2 }, environment: { MAX_CONVERSATION_BACKLOG: '1000' } },
        async (scene) => {
          const { stage, crowd } = scene
          await stage.query('create table kept as select id, cursor from connections')
          for (let n = 0; n < 10; n++) crowd.ask()
          await crowd.settled(30_000)
          const back = () =>
            stage.query('update connections c set cursor = k.cursor from kept k where k.id = c.id')
          const second = await whileAway(scene, scene.hub, back)
          await pause(3_000)
          const third = await whileAway(scene, second, () => {
            for (let n = 0; n < MISSED; n++) crowd.ask()
          })
          await crowd.settled(60_000)
          await whileAway(scene, third, () => stage.query('update connections set cursor = null'))
          await pause(3_000)
          crowd.ask()
          await crowd.settled(30_000)
          return { note: `${MISSED} messages in two rooms while it was away` }
        },
      ),
  },
]

/** The hub is stopped meanwhile; gives the one that runs then. */
async function whileAway({ stage }: Scene, hub: Scene['hub'], act: () => unknown): Promise<Scene['hub']> {
  hub.signal('SIGTERM')
  await hub.ended
  await act()
  return await stage.start()
}

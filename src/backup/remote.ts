import type { Environment } from '../../config/schema.ts'
import { type RemotePlace, remoteFailure } from './remote-place.ts'
import { openBucket } from './remote-s3.ts'
import { openSftp } from './remote-sftp.ts'

export type RemoteEnvironment = Pick<
  Environment,
  | 'BACKUP_REMOTE'
  | 'BACKUP_S3_ENDPOINT'
  | 'BACKUP_S3_REGION'
  | 'BACKUP_S3_ACCESS_KEY'
  | 'BACKUP_S3_SECRET_KEY'
  | 'BACKUP_SFTP_PASSWORD'
  | 'BACKUP_SFTP_KEY_FILE'
  | 'BACKUP_SFTP_HOST_KEY'
>

/** undefined: backups stay in their folder. */
export async function openRemote(environment: RemoteEnvironment): Promise<RemotePlace | undefined> {
  const { BACKUP_REMOTE: remote } = environment
  if (remote === undefined) return undefined
  if (remote.kind === 's3') {
    const { BACKUP_S3_ACCESS_KEY: accessKey, BACKUP_S3_SECRET_KEY: secretKey } = environment
    if (accessKey === undefined || secretKey === undefined)
      throw remoteFailure('BACKUP_REMOTE on s3:// needs BACKUP_S3_ACCESS_KEY and BACKUP_S3_SECRET_KEY')
    const { BACKUP_S3_ENDPOINT: endpoint, BACKUP_S3_REGION: region } = environment
    return openBucket({ ...remote, endpoint, region, accessKey, secretKey })
  }
  const { BACKUP_SFTP_HOST_KEY: hostKey, BACKUP_SFTP_KEY_FILE: keyFile } = environment
  if (hostKey === undefined)
    throw remoteFailure(
      'BACKUP_REMOTE on sftp:// needs BACKUP_SFTP_HOST_KEY, so that no other server takes its place',
    )
  return await openSftp({ ...remote, hostKey, keyFile, password: environment.BACKUP_SFTP_PASSWORD })
}

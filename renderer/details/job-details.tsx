/** Everything about one thing: the content of its drawer and of its own page. */
export function JobDetails({ jobId }: { jobId: string }) {
  return <p>{jobId}</p>
}

using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;

namespace Gatehouse.Doctor.Rules;

/// <summary>Who speaks for an installation: what its process was told comes before what its file says, and any user can start a process that names it.</summary>
internal static class Speaker
{
    /// <summary>The check's id.</summary>
    public const string Id = "GATE-002";

    /// <summary>Looks whether the process is of a user for whom the file is meant.</summary>
    public static IEnumerable<Finding> Look(Subject subject)
    {
        if (subject.Process is { Root: "", Service: null } process && subject.Host.Look(subject.Name) is { Status.IsFile: true } file && !process.IsMeant(file))
        {
            string user = subject.Host.UserName(process.User) ?? $"user {process.User}", owner = subject.Host.UserName(file.Status.Owner) ?? $"user {file.Status.Owner}";
            yield return RuleRun.Make(subject, Id, Observation.Of(
                $"{process.Place} of {user} says that it uses this file, which is {owner}'s and not meant for {user}: what is said here may be that process's word only",
                new Evidence(EvidenceKind.Process, process.Place, $"user {user}"), new Evidence(EvidenceKind.File, file.Path, $"owner {owner}, mode {file.Status.Octal}")));
        }
    }
}

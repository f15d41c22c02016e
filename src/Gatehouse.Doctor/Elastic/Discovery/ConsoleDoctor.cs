using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;
using Gatehouse.Doctor.Elastic.Consoles;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts.Yaml;

namespace Gatehouse.Doctor.Elastic.Discovery;

/// <summary>Doctor for Kibana and OpenSearch Dashboards.</summary>
internal sealed partial class ConsoleDoctor : ISystemDoctor
{
    /// <inheritdoc/>
    public string System => "kibana";

    /// <inheritdoc/>
    public ImmutableArray<string> Checks { get; } = [.. ConsoleRules.All.Select(static rule => rule.Id)];

    /// <inheritdoc/>
    public IEnumerable<ExaminedSubject> Examine(IHost host, ExaminationRequest request) =>
        Candidates.Find(host, request, [Programs.Kibana, Programs.Dashboards]).Select(candidate => ExaminedSubject.Of(Subject(host, candidate), ConsoleRules.All));

    private static ConsoleSubject Subject(IHost host, Candidate candidate)
    {
        bool isOpenSearch = candidate.Program == Programs.Dashboards.Program;
        return new ConsoleSubject
        {
            IsOpenSearch = isOpenSearch,
            Name = candidate.Name,
            Host = host,
            Version = VersionOf(host, candidate) ?? candidate.ImageVersion,
            Process = candidate.Process,
            Layers = candidate.Layers,
            Settings = CandidateSettings.Read(host, candidate, isOpenSearch ? ElasticProduct.Dashboards : ElasticProduct.Kibana),
            Environment = candidate.Environment,
            MainFile = candidate.MainFile,
            Folder = candidate.Folder,
            Root = candidate.Root,
            IsImage = candidate.IsImage,
            Mounts = candidate.Mounts,
            Inside = candidate.Inside,
            User = candidate.User,
            Published = candidate.Published,
        };
    }

    private static string? VersionOf(IHost host, Candidate candidate)
    {
        string text = Encoding.UTF8.GetString(candidate.Home is { } home ? host.Read($"{home}/package.json").Bytes ?? [] : []);
        return Release().Match(text) is { Success: true } match ? match.Groups["version"].Value : null;
    }

    [GeneratedRegex("\"version\"\\s*:\\s*\"(?<version>\\d+\\.\\d+\\.\\d+)\"", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Release();
}

using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Texts.Yaml;
using Gatehouse.Problems;

namespace Gatehouse.Doctor.Elastic.Discovery;

/// <summary>Makes settings of a candidate's file, environment and command line.</summary>
internal static class CandidateSettings
{
    /// <summary>What is in force; what cannot be read is unknown, not missing.</summary>
    public static LayeredSettings Read(IHost host, Candidate candidate, ElasticProduct product)
    {
        if (candidate.Why is { } why)
        {
            return LayeredSettings.Unreadable(candidate.Name, why, candidate.Arguments);
        }

        FileContent content = candidate.MainFile is { } file ? host.Read(file) : FileContent.Missing;
        if (content.Bytes is null && !content.IsMissing)
        {
            return LayeredSettings.Unreadable(candidate.Name, $"the file cannot be read: {content.Why}", candidate.Arguments);
        }

        try
        {
            // Only images make settings of variables; everywhere else these fill in placeholders.
            var text = YamlFile.Read(content.Bytes ?? [], candidate.MainFile ?? candidate.Name, YamlOptions.Dotted);
            return new LayeredSettings(ElasticSettings.Of(text, candidate.Environment, candidate.IsImage ? product : ElasticProduct.Beat), candidate.Arguments);
        }
        catch (ProblemException fault)
        {
            return LayeredSettings.Unreadable(candidate.Name, ForeignFiles.WhyOf(fault), candidate.Arguments, fault.Problem.Location);
        }
    }
}

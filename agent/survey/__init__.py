"""Questionnaires: what customers are asked behind their rating, or instead of one."""
